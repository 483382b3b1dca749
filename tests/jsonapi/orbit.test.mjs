// Orbit's JSON:API source with the names as they are in addresses too, and keys for the ids that the server makes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Orbit } from '@orbit/core';
import { JSONAPISerializers, JSONAPISource } from '@orbit/jsonapi';
import { RecordKeyMap, RecordSchema } from '@orbit/records';
import { judgeExchange } from './judges.mjs';
import {
  api, authorization, fresh, identifier, isGone, makeCustomer, makeGateway, makeNumber, makeRoute, PATIENCE, readOne,
  TYPES,
} from './switchboard.mjs';

// These have the ids that the operator gave them; all others have one that the server makes.
const CHOSEN = ['customers', 'external_account_routes'];
const each = (names, value) => Object.fromEntries(names.map((name) => [name, value(name)]));

// The judges see what Orbit sends and receives.
Orbit.fetch = async (url, settings) => {
  const response = await fetch(url, settings);
  const text = await response.clone().text();
  judgeExchange({
    method: settings.method ?? 'GET',
    url,
    sent: settings.body && JSON.parse(settings.body),
    status: response.status,
    contentType: response.headers.get('content-type'),
    document: text === '' ? undefined : JSON.parse(text),
  });
  return response;
};

function connect() {
  const models = each(Object.keys(TYPES), (type) => ({
    ...(!CHOSEN.includes(type) && { keys: { remoteId: {} } }),
    attributes: each(TYPES[type].attributes, () => ({})),
    relationships: each(Object.keys(TYPES[type].relationships), (name) => (
      { kind: 'hasOne', type: TYPES[type].relationships[name] }
    )),
  }));
  const schema = new RecordSchema({ models });
  const keyMap = new RecordKeyMap();
  const asTheyAre = { serializationOptions: { inflectors: [] } };
  const paths = [JSONAPISerializers.ResourceTypePath, JSONAPISerializers.ResourceFieldPath];
  const source = new JSONAPISource({
    schema,
    keyMap,
    host: api,
    serializerSettingsFor: (type) => (paths.includes(type) ? asTheyAre : {}),
    defaultFetchSettings: { headers: { Authorization: authorization }, timeout: PATIENCE.timeout },
    autoActivate: true,
  });
  // What the server calls a record, and how Orbit is told of a resource that it has not met.
  const remote = ({ type, id }) => (CHOSEN.includes(type) ? id : keyMap.idToKey(type, 'remoteId', id));
  const met = ({ type, id }) => {
    if (CHOSEN.includes(type)) return { type, id };
    const record = { type, id: schema.generateId(type), keys: { remoteId: id } };
    keyMap.pushRecord(record);
    return record;
  };
  return { source, remote, met };
}

describe('Orbit', PATIENCE, () => {
  const { source, remote, met } = connect();
  const data = (record) => ({ data: record });

  test('a list: filtered, sorted, in pages, with what is included', async () => {
    const customer = await makeCustomer('Birch Bakery');
    const gateway = await makeGateway('Edge', customer);
    for (const name of ['Alps', 'Jura', 'Vosges']) await makeRoute(name, gateway, customer);
    const { data: routes, details } = await source.query((q) => (
      q.findRecords('termination_routes')
        .filter({ attribute: 'customer.id', value: customer.id })
        .sort('-name')
    ), { include: ['gateway.customer'], page: { number: 1, size: 2 }, fullResponse: true });
    assert.deepEqual(routes.map(({ attributes }) => attributes.name), ['Vosges', 'Jura']);
    const { document } = details[0];
    assert.deepEqual(document.meta, { record_count: 3 });
    assert.deepEqual(document.included.map(({ attributes }) => attributes.name), ['Edge', 'Birch Bakery']);
    const linked = routes.map(({ relationships }) => relationships.gateway.data);
    assert.deepEqual(linked.map(remote), [gateway.id, gateway.id]);
    const related = await source.query((q) => q.findRelatedRecord(linked[0], 'customer'));
    assert.deepEqual([related.id, related.attributes.name], [customer.id, 'Birch Bakery']);
  });

  test('every type is listed and read', async () => {
    for (const [type, { attributes }] of Object.entries(TYPES)) {
      const [listed] = await source.query((q) => q.findRecords(type), { page: { size: 1 } });
      assert.deepEqual(Object.keys(listed.attributes).sort(), [...attributes].sort());
      assert.deepEqual((await readOne(type, remote(listed))).attributes, listed.attributes);
      assert.deepEqual(await source.query((q) => q.findRecord(listed)), listed);
    }
  });

  test('customers, by an id of the operator', async () => {
    const record = { type: 'customers', id: fresh(), attributes: { name: 'Birch Bakery', capacity_limit: 12 } };
    const added = await source.update((t) => t.addRecord(record));
    assert.deepEqual(added.attributes, {
      name: 'Birch Bakery', language: 'EN', capacity_limit: 12, sip_account_limit: null,
    });
    assert.deepEqual((await readOne('customers', record.id)).attributes, added.attributes);
    await source.update((t) => t.replaceAttribute(record, 'sip_account_limit', 5));
    const changed = { ...added.attributes, sip_account_limit: 5 };
    assert.deepEqual((await readOne('customers', record.id)).attributes, changed);
    await source.update((t) => t.removeRecord(record));
    await isGone('customers', record.id);
    assert.equal(await source.query((q) => q.findRecord(record)), undefined);
  });

  test('routes by ids that the server makes, and their relationships', async () => {
    const customer = await makeCustomer();
    const relationships = { customer: data(identifier(customer)) };
    const host = 'sip.carrier.example';
    const addGateway = (name) => source.update((t) => (
      t.addRecord({ type: 'termination_gateways', attributes: { name, host }, relationships })
    ));
    const [one, other] = [await addGateway('One'), await addGateway('Other')];
    const route = await source.update((t) => t.addRecord({
      type: 'termination_routes', attributes: { name: 'Alps' }, relationships: { ...relationships, gateway: data(one) },
    }));
    const stored = () => readOne('termination_routes', remote(route));
    assert.deepEqual((await stored()).relationships.gateway.data, { type: one.type, id: remote(one) });
    await source.update((t) => t.replaceRelatedRecord(route, 'gateway', other));
    assert.deepEqual((await stored()).relationships.gateway.data, { type: other.type, id: remote(other) });
    await source.update((t) => t.updateRecord({
      ...identifier(route), attributes: { name: 'Jura' }, relationships: { gateway: data(one) },
    }));
    const { attributes, relationships: { gateway } } = await stored();
    assert.deepEqual([attributes.name, gateway.data.id], ['Jura', remote(one)]);
    await source.update((t) => t.removeRecord(one));
    await isGone('termination_routes', remote(route));
  });

  test('a number is linked and unlinked', async () => {
    const customer = await makeCustomer();
    const number = met(await makeNumber(customer));
    const account = { type: 'external_account_routes', id: fresh() };
    await source.update((t) => t.addRecord({ ...account, relationships: { customer: data(identifier(customer)) } }));
    for (const target of [number, null]) {
      await source.update((t) => t.replaceRelatedRecord(account, 'available_did_number', target));
      const { relationships } = await readOne(account.type, account.id);
      const wanted = target && { type: target.type, id: remote(target) };
      assert.deepEqual(relationships.available_did_number.data, wanted);
    }
    assert.equal(await source.query((q) => q.findRelatedRecord(account, 'available_did_number')), null);
  });

  test('a refusal comes with its errors', async () => {
    const customer = await makeCustomer();
    const twin = { ...identifier(customer), attributes: { name: 'Twin' } };
    await assert.rejects(source.update((t) => t.addRecord(twin)), ({ response, data }) => {
      assert.equal(response.status, 409);
      assert.deepEqual(data.errors.map(({ code, source }) => [code, source.pointer]), [['100', '/data/id']]);
      return true;
    });
    assert.deepEqual(await readOne('customers', customer.id), customer);
  });
});
