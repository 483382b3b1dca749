// devour-client as an operator's script sets it up for this API: names as they are, and the operator's password.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import JsonApi from 'devour-client';
import { judgeAxios } from './judges.mjs';
import {
  account, api, fresh, identifier, isGone, makeCustomer, makeGateway, makeNumber, makeRoute, makeSipAccount, PATIENCE,
  read, readOne, TYPES, wrongAccount,
} from './switchboard.mjs';

const SESSIONS = ['sessions', 'customer_admin_sessions'];

// A client that knows all types, and lets the judges see every answer and every body that was taken.
function connect(options = {}) {
  const client = new JsonApi({ apiUrl: api, auth: account, pluralize: false, logger: false, ...options });
  for (const [name, { attributes, relationships }] of Object.entries(TYPES)) {
    const related = Object.entries(relationships).map(([relation, type]) => [relation, { jsonApi: 'hasOne', type }]);
    client.define(name, Object.fromEntries([...attributes.map((attribute) => [attribute, '']), ...related]));
  }
  for (const name of SESSIONS) client.define(name, { uri: '', customer: { jsonApi: 'hasOne', type: 'customers' } });
  client.insertMiddlewareAfter('axios-request', {
    name: 'judge',
    res: (payload) => {
      judgeAxios(payload.res);
      return payload;
    },
    error: (failure) => {
      if (failure.response) judgeAxios(failure.response);
      return failure;
    },
  });
  assert.ok(client.middlewareExists('judge'));
  return client;
}

// A script that wants the whole error asks for it with an error builder.
const whole = { errorBuilder: (error) => error };

describe('devour-client', PATIENCE, () => {
  const client = connect();
  const strict = connect(whole);

  test('a list: filtered, sorted, in pages, with what is included and chosen fields', async () => {
    const customer = await makeCustomer('Birch Bakery');
    const gateway = await makeGateway('Edge', customer);
    const routes = [];
    for (const name of ['Alps', 'Jura', 'Vosges']) routes.push(await makeRoute(name, gateway, customer));
    await makeRoute('Elsewhere', await makeGateway('Shared'));

    const page = await client.findAll('termination_routes', {
      include: 'customer,gateway.customer',
      filter: { 'customer.id': customer.id },
      sort: '-name',
      page: { number: 1, size: 2 },
      fields: { termination_routes: 'name,gateway,customer', termination_gateways: 'name,customer' },
    });
    assert.deepEqual(page.data.map(({ id, name }) => [id, name]), [[routes[2].id, 'Vosges'], [routes[1].id, 'Jura']]);
    assert.deepEqual(page.meta, { record_count: 3 });
    const [first] = page.data;
    assert.deepEqual(first.customer.name, 'Birch Bakery');
    assert.deepEqual([first.gateway.id, first.gateway.name], [gateway.id, 'Edge']);
    assert.deepEqual([first.gateway.customer.id, first.gateway.customer.language], [customer.id, 'EN']);
    assert.deepEqual([first.dst_prefix, first.gateway.host], [undefined, undefined]);

    const { data, links } = await client.request(page.links.next);
    assert.deepEqual(data.map(({ name, gateway }) => [name, gateway.customer.name]), [['Alps', 'Birch Bakery']]);
    assert.equal(links.next, undefined);
    const before = await client.request(links.prev);
    assert.deepEqual(before.data.map(({ name }) => name), ['Vosges', 'Jura']);
    for (const filter of [{ name: 'Jura,Alps' }, { name: ['Alps', 'Jura'] }]) {
      const found = await client.findAll('termination_routes', {
        filter: { ...filter, 'customer.id': customer.id }, sort: 'name',
      });
      assert.deepEqual(found.data.map(({ name }) => name), ['Alps', 'Jura']);
    }
  });

  test('every type is listed and read', async () => {
    await makeSipAccount(await makeCustomer());
    for (const [type, { attributes, relationships, includes }] of Object.entries(TYPES)) {
      const { data } = await client.findAll(type, { include: includes.join(','), page: { size: 3 } });
      assert.ok(data.length > 0, type);
      for (const { id, ...record } of data) {
        for (const name of [...attributes, ...Object.keys(relationships)]) assert.ok(name in record, `${type} ${name}`);
        const found = await client.find(type, id, { include: includes.join(',') });
        assert.deepEqual(found.data, { id, ...record });
      }
    }
  });

  test('customers, by an id of the operator', async () => {
    const id = fresh();
    const made = await client.create('customers', { id, name: 'Birch Bakery', capacity_limit: 12 });
    const wanted = { name: 'Birch Bakery', language: 'EN', capacity_limit: 12, sip_account_limit: null };
    assert.deepEqual((await readOne('customers', id)).attributes, wanted);
    assert.deepEqual(made.data, { id, type: 'customers', ...wanted, links: { self: `${api}/customers/${id}` } });
    const changed = await client.update('customers', { id, sip_account_limit: 5 });
    assert.deepEqual([changed.data.capacity_limit, changed.data.sip_account_limit], [12, 5]);
    assert.deepEqual((await readOne('customers', id)).attributes, { ...wanted, sip_account_limit: 5 });
    await client.destroy('customers', id);
    await isGone('customers', id);
    await assert.rejects(client.find('customers', id), ({ 0: error }) => error.title === 'Record not found');
  });

  test('numbers', async () => {
    const customer = await makeCustomer();
    const [number, next] = [fresh(), fresh()];
    const { data: made } = await client.create('available_did_numbers', { number, customer }, { include: 'customer' });
    assert.deepEqual([made.number, made.enabled, made.customer.name], [number, true, customer.attributes.name]);
    await client.update('available_did_numbers', { id: made.id, number: next, enabled: false });
    const { attributes, relationships } = await readOne('available_did_numbers', made.id);
    assert.deepEqual(attributes, { number: next, enabled: false });
    assert.deepEqual(relationships.customer.data, identifier(customer));
    const off = { filter: { enabled: false, 'customer.id': customer.id } };
    assert.deepEqual((await client.findAll('available_did_numbers', off)).data.map(({ id }) => id), [made.id]);
    await client.destroy('available_did_numbers', made.id);
    await isGone('available_did_numbers', made.id);
  });

  test('gateways and routes', async () => {
    const customer = await makeCustomer();
    const codecs = ['PCMA', 'telephone-event'];
    const gateway = { name: 'Edge', host: 'sip.carrier.example', port: 5080, codecs, customer };
    const { data: one } = await client.create('termination_gateways', gateway);
    const { data: other } = await client.create('termination_gateways', { ...gateway, name: 'Other' });
    assert.deepEqual(one.codecs, ['PCMA', 'telephone-event/8000']);
    const { data: route } = await client.create(
      'termination_routes',
      { name: 'Alps', dst_prefix: 41, gateway: one, customer },
      { include: 'gateway.customer', fields: { termination_gateways: 'name,customer' } },
    );
    assert.deepEqual([route.dst_prefix, route.gateway.name], ['41', 'Edge']);
    assert.deepEqual([route.gateway.host, route.gateway.customer.id], [undefined, customer.id]);

    const moved = { id: route.id, name: 'Jura', gateway: other };
    const { data: changed } = await client.update('termination_routes', moved, { include: 'gateway' });
    assert.deepEqual([changed.name, changed.dst_prefix, changed.gateway.name], ['Jura', '41', 'Other']);
    const { attributes, relationships } = await readOne('termination_routes', route.id);
    assert.equal(attributes.name, 'Jura');
    assert.deepEqual(relationships.gateway.data, identifier(other));
    await client.destroy('termination_gateways', other.id);
    await isGone('termination_routes', route.id);
  });

  test('relationships by their addresses', async () => {
    const customer = await makeCustomer();
    const [one, other] = [await makeGateway('One', customer), await makeGateway('Other', customer)];
    const route = await makeRoute('Alps', one, customer);
    const gateway = () => client.one('termination_routes', route.id).relationships('gateway');
    assert.deepEqual(identifier((await gateway().get()).data), identifier(one));
    const answer = await gateway().patch({ id: other.id });
    assert.equal(answer.document, '');
    assert.deepEqual(identifier((await gateway().get()).data), identifier(other));
    assert.deepEqual((await readOne('termination_routes', route.id)).relationships.gateway.data, identifier(other));
    const related = await client.one('termination_routes', route.id).all('gateway').get({ include: 'customer' });
    assert.deepEqual([related.data.name, related.data.customer.id], ['Other', customer.id]);

    const id = fresh();
    await client.create('external_account_routes', { id, customer });
    const number = () => client.one('external_account_routes', id).relationships('available_did_number');
    const linked = async () => {
      const { relationships } = await readOne('external_account_routes', id);
      return relationships.available_did_number.data;
    };
    const did = await makeNumber(customer);
    await number().patch({ id: did.id });
    assert.deepEqual(await linked(), identifier(did));
    await number().patch(null);
    assert.equal(await linked(), null);
    assert.equal((await number().get()).data, null);
    await number().patch({ id: did.id });
    await number().destroy();
    assert.equal(await linked(), null);
    const refusal = strict.one('termination_routes', route.id).relationships('gateway').destroy();
    await assert.rejects(refusal, ({ gateway: error }) => error.status === '422' && error.title === 'must exist');
  });

  test('trunks', async () => {
    const customer = await makeCustomer();
    const { data: made } = await client.create('incoming_trunks', { name: 'Main', codecs: ['OPUS', 'g729'], customer });
    assert.match(made.domain, /^\d{13}\.in\./);
    await client.update('incoming_trunks', { id: made.id, transport_protocol: 'TCP', name: null });
    const { attributes } = await readOne('incoming_trunks', made.id);
    assert.deepEqual(attributes, {
      name: null, codecs: ['OPUS', 'g729'], transport_protocol: 'TCP', domain: made.domain,
      destination_field: 'RURI_USERPART',
    });
    const { data: found } = await client.findAll('incoming_trunks', {
      filter: { domain: made.domain }, include: 'customer',
    });
    assert.deepEqual(found.map(({ id, customer }) => [id, customer.id]), [[made.id, customer.id]]);
    await client.destroy('incoming_trunks', made.id);
    await isGone('incoming_trunks', made.id);
  });

  test('external accounts, linked to a number and not', async () => {
    const customer = await makeCustomer();
    const did = await makeNumber(customer);
    const id = fresh();
    const include = { include: 'available_did_number.customer,customer' };
    const account = { id, customer, available_did_number: did };
    const { data: made } = await client.create('external_account_routes', account, include);
    assert.deepEqual([made.id, made.allow_external_calls], [id, true]);
    assert.equal(made.external_caller_id, made.available_did_number.number);
    assert.equal(made.available_did_number.customer.id, customer.id);
    const unlinked = { id, available_did_number: null };
    const { data: changed } = await client.update('external_account_routes', unlinked, include);
    assert.deepEqual([changed.available_did_number, changed.external_caller_id], [null, null]);
    const { attributes, relationships } = await readOne('external_account_routes', id);
    assert.deepEqual([attributes.allow_external_calls, relationships.available_did_number.data], [false, null]);
    await client.destroy('external_account_routes', id);
    await isGone('external_account_routes', id);
  });

  test('SIP accounts are read and changed, not made', async () => {
    const customer = await makeCustomer();
    const { id, attributes } = await makeSipAccount(customer);
    const { data } = await client.findAll('sip_device_routes', {
      filter: { username: attributes.username }, include: 'customer',
    });
    assert.deepEqual(data.map((account) => [account.id, account.customer.id]), [[id, customer.id]]);
    const addresses = { allowed_ips: '198.51.100.7, 2001:db8::5', use_allowed_ips: true };
    const { data: changed } = await client.update('sip_device_routes', { id, ...addresses });
    assert.equal(changed.allowed_ips, '198.51.100.7/32,2001:0db8:0000:0000:0000:0000:0000:0005/128');
    const now = { ...attributes, allowed_ips: changed.allowed_ips, use_allowed_ips: true };
    assert.deepEqual((await readOne('sip_device_routes', id)).attributes, now);
    const creation = strict.create('sip_device_routes', { customer });
    await assert.rejects(creation, ({ 0: error }) => error.status === '405');
    await assert.rejects(strict.destroy('sip_device_routes', id), ({ 0: error }) => error.status === '405');
  });

  test('sessions', async () => {
    const customer = await makeCustomer();
    for (const type of SESSIONS) {
      const { data } = await client.create(type, { customer });
      assert.deepEqual(identifier(data), { type, id: customer.id });
      assert.ok(URL.canParse(data.uri), data.uri);
    }
  });

  test('an error comes by the name of what is wrong, with title and detail', async () => {
    const customer = await makeCustomer();
    await assert.rejects(client.create('customers', { id: customer.id, name: 'Twin' }), {
      id: { title: 'has already been taken', detail: 'id - has already been taken' },
    });
    const wrong = { name: 'Main', codecs: ['PCMX'], customer: { id: 'nobody' } };
    await assert.rejects(client.create('incoming_trunks', wrong), {
      customer: { title: 'must exist', detail: 'customer - must exist' },
      codecs: { title: 'is not included in the list', detail: 'codecs - is not included in the list' },
    });
    const { data } = await read(`/incoming_trunks?filter[customer.id]=${customer.id}`);
    assert.deepEqual(data, []);
  });

  test('a whole error', async () => {
    const customer = await makeCustomer();
    await assert.rejects(strict.create('customers', { id: customer.id, name: 'Twin' }), {
      id: {
        title: 'has already been taken', detail: 'id - has already been taken', code: '100',
        source: { pointer: '/data/id' }, status: '409',
      },
    });
    const refusals = [
      [() => strict.findAll('customers', { include: 'gateway', filter: { name: 'x' } }), ['400 112', '400 102']],
      [() => strict.update('customers', { id: customer.id, name: 'Renamed' }), ['400 105']],
      [() => strict.find('customers', 'nobody'), ['404 404']],
      [() => strict.destroy('customers', 'nobody'), ['404 404']],
      [() => connect({ ...whole, auth: wrongAccount }).findAll('customers'), ['401 401']],
      [() => connect({ ...whole, auth: {} }).findAll('customers'), ['401 401']],
    ];
    for (const [refusal, expected] of refusals) {
      await assert.rejects(refusal(), (errors) => {
        assert.deepEqual(Object.values(errors).map(({ status, code }) => `${status} ${code}`), expected);
        return true;
      });
    }
    assert.deepEqual(await readOne('customers', customer.id), customer);
  });
});
