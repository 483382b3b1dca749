// kitsu as an operator's script sets it up for this API: no change of names, and the operator's password.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Kitsu from 'kitsu';
import { judgeAxios } from './judges.mjs';
import {
  api, authorization, fresh, identifier, isGone, makeCustomer, makeGateway, makeNumber, makeRoute, makeSipAccount,
  PATIENCE, readOne, TYPES, wrongAuthorization,
} from './switchboard.mjs';

// A client that lets the judges see every answer and every body that was taken.
function connect(headers = { Authorization: authorization }) {
  const client = new Kitsu({ baseURL: api, camelCaseTypes: false, resourceCase: 'none', pluralize: false, headers });
  client.interceptors.response.use(
    (response) => {
      judgeAxios(response);
      return response;
    },
    (failure) => {
      if (failure.response) judgeAxios(failure.response);
      throw failure;
    },
  );
  return client;
}

// A relationship as kitsu is given it.
const to = (target) => ({ data: target && identifier(target) });

// The errors of a refused request, as far as a script decides by them.
async function refused(asking, status, ...expected) {
  await assert.rejects(asking, (failure) => {
    const found = failure.errors?.map(({ code, source }) => [code, source?.pointer].filter(Boolean).join(' '));
    assert.deepEqual([failure.response?.status, found], [status, expected]);
    return true;
  });
}

describe('kitsu', PATIENCE, () => {
  const client = connect();

  test('a list: filtered, sorted, in pages, with what is included and chosen fields', async () => {
    const customer = await makeCustomer('Birch Bakery');
    const gateway = await makeGateway('Edge', customer);
    const routes = [];
    for (const name of ['Alps', 'Jura', 'Vosges']) routes.push(await makeRoute(name, gateway, customer));
    await makeRoute('Elsewhere', await makeGateway('Shared'));

    const page = await client.get('termination_routes', {
      params: {
        include: 'customer,gateway.customer',
        filter: { 'customer.id': customer.id },
        sort: '-name',
        page: { number: 1, size: 2 },
        fields: { termination_routes: 'name,gateway,customer', termination_gateways: 'name,customer' },
      },
    });
    assert.equal(page.status, 200);
    assert.deepEqual(page.meta, { record_count: 3 });
    assert.deepEqual(page.data.map(({ id, name }) => [id, name]), [[routes[2].id, 'Vosges'], [routes[1].id, 'Jura']]);
    for (const route of page.data) {
      assert.equal(route.customer.data.name, 'Birch Bakery');
      assert.deepEqual([route.gateway.data.id, route.gateway.data.name], [gateway.id, 'Edge']);
      assert.equal(route.gateway.data.customer.data.language, 'EN');
      assert.deepEqual([route.dst_prefix, route.gateway.data.host], [undefined, undefined]);
    }

    const next = await client.request({ url: page.links.next });
    assert.deepEqual(next.data.map(({ name, gateway }) => [name, gateway.data.name]), [['Alps', 'Edge']]);
    assert.equal(next.links.next, undefined);
    const before = await client.request({ url: next.links.prev });
    assert.deepEqual(before.data.map(({ name }) => name), ['Vosges', 'Jura']);
    const filter = { name: 'Jura,Alps', 'customer.id': customer.id };
    const found = await client.get('termination_routes', { params: { filter, sort: 'name' } });
    assert.deepEqual(found.data.map(({ name }) => name), ['Alps', 'Jura']);
  });

  test('every type is listed and read', async () => {
    await makeSipAccount(await makeCustomer());
    for (const [type, { attributes, relationships, includes }] of Object.entries(TYPES)) {
      const include = includes.join(',');
      const { data } = await client.get(type, { params: { include, page: { size: 3 } } });
      assert.ok(data.length > 0, type);
      for (const { id, ...record } of data) {
        for (const name of [...attributes, ...Object.keys(relationships)]) assert.ok(name in record, `${type} ${name}`);
        const found = await client.get(`${type}/${id}`, { params: { fields: { [type]: attributes.join(',') } } });
        const { type: _, links, ...shown } = found.data;
        assert.equal(links.self, `${api}/${type}/${id}`);
        assert.deepEqual(shown, { id, ...Object.fromEntries(attributes.map((name) => [name, record[name]])) });
      }
    }
  });

  test('customers, by an id of the operator', async () => {
    const id = fresh();
    const made = await client.create('customers', { id, name: 'Birch Bakery', capacity_limit: 12 });
    const wanted = { name: 'Birch Bakery', language: 'EN', capacity_limit: 12, sip_account_limit: null };
    const self = `${api}/customers/${id}`;
    assert.deepEqual([made.status, made.headers.location], [201, self]);
    assert.deepEqual(made.data, { id, type: 'customers', ...wanted, links: { self } });
    assert.deepEqual((await readOne('customers', id)).attributes, wanted);
    const changed = await client.patch('customers', { id, sip_account_limit: 5, capacity_limit: null });
    assert.deepEqual([changed.status, changed.data.sip_account_limit], [200, 5]);
    const now = { ...wanted, sip_account_limit: 5, capacity_limit: null };
    assert.deepEqual((await readOne('customers', id)).attributes, now);
    const removed = await client.delete('customers', id);
    assert.deepEqual([removed.status, removed.data], [204, undefined]);
    await isGone('customers', id);
    await refused(client.get(`customers/${id}`), 404, '404');
  });

  test('numbers', async () => {
    const customer = await makeCustomer();
    const [number, next] = [fresh(), fresh()];
    const creation = { number: Number(number), customer: to(customer) };
    const { data: made } = await client.create('available_did_numbers', creation, { params: { include: 'customer' } });
    assert.deepEqual([made.number, made.enabled], [number, true]);
    assert.equal(made.customer.data.name, customer.attributes.name);
    await client.patch('available_did_numbers', { id: made.id, number: next, enabled: false });
    const { attributes, relationships } = await readOne('available_did_numbers', made.id);
    assert.deepEqual(attributes, { number: next, enabled: false });
    assert.deepEqual(relationships.customer.data, identifier(customer));
    const filter = { enabled: false, 'customer.id': customer.id };
    const { data: found } = await client.get('available_did_numbers', { params: { filter } });
    assert.deepEqual(found.map(({ id }) => id), [made.id]);
    await client.delete('available_did_numbers', made.id);
    await isGone('available_did_numbers', made.id);
  });

  test('gateways and routes', async () => {
    const customer = await makeCustomer();
    const common = { host: 'sip.carrier.example', codecs: ['PCMA', 'telephone-event'], customer: to(customer) };
    const { data: one } = await client.create('termination_gateways', { name: 'Edge', port: '5080', ...common });
    const { data: other } = await client.create('termination_gateways', { name: 'Other', ...common });
    assert.deepEqual([one.codecs, one.port, other.port], [['PCMA', 'telephone-event/8000'], 5080, null]);
    const { data: route } = await client.create(
      'termination_routes',
      { name: 'Alps', dst_prefix: 41, gateway: to(one), customer: to(customer) },
      { params: { include: 'gateway.customer', fields: { termination_gateways: 'name,customer' } } },
    );
    assert.deepEqual([route.dst_prefix, route.gateway.data.name], ['41', 'Edge']);
    assert.deepEqual([route.gateway.data.host, route.gateway.data.customer.data.id], [undefined, customer.id]);

    const moved = { id: route.id, name: 'Jura', gateway: to(other) };
    const { data: changed } = await client.patch('termination_routes', moved, { params: { include: 'gateway' } });
    assert.deepEqual([changed.name, changed.dst_prefix, changed.gateway.data.name], ['Jura', '41', 'Other']);
    const { attributes, relationships } = await readOne('termination_routes', route.id);
    assert.equal(attributes.name, 'Jura');
    assert.deepEqual(relationships.gateway.data, identifier(other));
    await client.delete('termination_gateways', other.id);
    await isGone('termination_routes', route.id);
  });

  test('relationships by their addresses', async () => {
    const customer = await makeCustomer();
    const [one, other] = [await makeGateway('One', customer), await makeGateway('Other', customer)];
    const route = await makeRoute('Alps', one, customer);
    const path = `termination_routes/${route.id}`;
    const { data: linkage, links } = await client.get(`${path}/relationships/gateway`);
    assert.deepEqual(linkage, identifier(one));
    const link = (url, type, body) => client.request({ method: 'PATCH', url, type, body });
    await link(links.self, other.type, { id: other.id });
    assert.deepEqual((await readOne('termination_routes', route.id)).relationships.gateway.data, identifier(other));
    const { data: related } = await client.get(`${path}/gateway`, { params: { include: 'customer' } });
    assert.deepEqual([related.name, related.customer.data.id], ['Other', customer.id]);
    await refused(link(links.self, other.type, null), 422, '100 /data/relationships/gateway');

    const id = fresh();
    await client.create('external_account_routes', { id, customer: to(customer) });
    const url = `external_account_routes/${id}/relationships/available_did_number`;
    const linked = async () => {
      const { relationships } = await readOne('external_account_routes', id);
      return relationships.available_did_number.data;
    };
    const did = await makeNumber(customer);
    for (const unlink of [() => link(url, did.type, null), () => client.request({ method: 'DELETE', url })]) {
      await link(url, did.type, { id: did.id });
      assert.deepEqual(await linked(), identifier(did));
      assert.equal((await unlink()).status, 204);
      assert.equal(await linked(), null);
    }
    assert.equal((await client.get(url)).data, null);
    assert.equal((await client.get(`external_account_routes/${id}/available_did_number`)).data, null);
  });

  test('trunks', async () => {
    const customer = await makeCustomer();
    const creation = { name: 'Main', codecs: ['OPUS', 'g729'], customer: to(customer) };
    const { data: made } = await client.create('incoming_trunks', creation);
    assert.match(made.domain, /^\d{13}\.in\./);
    await client.patch('incoming_trunks', { id: made.id, transport_protocol: 'TCP', name: null });
    const { attributes } = await readOne('incoming_trunks', made.id);
    assert.deepEqual(attributes, {
      name: null, codecs: ['OPUS', 'g729'], transport_protocol: 'TCP', domain: made.domain,
      destination_field: 'RURI_USERPART',
    });
    const params = { filter: { domain: made.domain }, include: 'customer' };
    const { data: found } = await client.get('incoming_trunks', { params });
    assert.deepEqual(found.map(({ id, customer }) => [id, customer.data.name]), [[made.id, 'Birch Bakery']]);
    await client.delete('incoming_trunks', made.id);
    await isGone('incoming_trunks', made.id);
  });

  test('external accounts, linked to a number and not', async () => {
    const customer = await makeCustomer();
    const did = await makeNumber(customer);
    const id = fresh();
    const params = { include: 'available_did_number.customer,customer' };
    const creation = { id, customer: to(customer), available_did_number: to(did) };
    const { data: made } = await client.create('external_account_routes', creation, { params });
    assert.deepEqual([made.id, made.allow_external_calls], [id, true]);
    assert.equal(made.external_caller_id, made.available_did_number.data.number);
    assert.equal(made.available_did_number.data.customer.data.id, customer.id);
    const unlinked = { id, available_did_number: to(null) };
    const { data: changed } = await client.patch('external_account_routes', unlinked, { params });
    assert.deepEqual([changed.available_did_number.data, changed.external_caller_id], [undefined, null]);
    const { attributes, relationships } = await readOne('external_account_routes', id);
    assert.deepEqual([attributes.allow_external_calls, relationships.available_did_number.data], [false, null]);
    await client.delete('external_account_routes', id);
    await isGone('external_account_routes', id);
  });

  test('SIP accounts are read and changed, not made', async () => {
    const customer = await makeCustomer();
    const { id, attributes } = await makeSipAccount(customer);
    const params = { filter: { username: attributes.username }, include: 'customer' };
    const { data } = await client.get('sip_device_routes', { params });
    assert.deepEqual(data.map((account) => [account.id, account.customer.data.id]), [[id, customer.id]]);
    const addresses = { allowed_ips: '198.51.100.7, 2001:db8::5', use_allowed_ips: true };
    const { data: changed } = await client.patch('sip_device_routes', { id, ...addresses });
    assert.equal(changed.allowed_ips, '198.51.100.7/32,2001:0db8:0000:0000:0000:0000:0000:0005/128');
    const now = { ...attributes, allowed_ips: changed.allowed_ips, use_allowed_ips: true };
    assert.deepEqual((await readOne('sip_device_routes', id)).attributes, now);
    await refused(client.create('sip_device_routes', { customer: to(customer) }), 405, '405');
    await refused(client.delete('sip_device_routes', id), 405, '405');
  });

  test('sessions', async () => {
    const customer = await makeCustomer();
    for (const type of ['sessions', 'customer_admin_sessions']) {
      const { data } = await client.create(type, { customer: to(customer) });
      assert.deepEqual(identifier(data), { type, id: customer.id });
      assert.ok(URL.canParse(data.uri), data.uri);
    }
  });

  test('errors come whole', async () => {
    const customer = await makeCustomer();
    await assert.rejects(client.create('customers', { id: customer.id, name: 'Twin' }), {
      errors: [{
        title: 'has already been taken', detail: 'id - has already been taken', code: '100',
        source: { pointer: '/data/id' }, status: '409',
      }],
    });
    const wrong = { name: 'Main', codecs: ['PCMX'], customer: to({ type: 'customers', id: 'nobody' }) };
    const places = ['100 /data/relationships/customer', '100 /data/attributes/codecs'];
    await refused(client.create('incoming_trunks', wrong), 422, ...places);
    const { data } = await client.get('incoming_trunks', { params: { filter: { 'customer.id': customer.id } } });
    assert.deepEqual(data, []);
    const params = { include: 'gateway', filter: { name: 'x' } };
    await refused(client.get('customers', { params }), 400, '112', '102');
    await refused(client.patch('customers', { id: customer.id, name: 'Renamed' }), 400, '105');
    await refused(client.delete('customers', 'nobody'), 404, '404');
    await refused(connect({ Authorization: wrongAuthorization }).get('customers'), 401, '401');
    await refused(connect({}).get('customers'), 401, '401');
    await refused(client.get('customers', { headers: { Accept: 'application/vnd.api+json; version=1' } }), 406, '406');
    const plain = { headers: { 'Content-Type': 'application/json' } };
    await refused(client.create('customers', { id: fresh(), name: 'Plain' }, plain), 415, '415');
    assert.deepEqual(await readOne('customers', customer.id), customer);
  });
});
