// The documents of the API, judged by the schemas of the specification and by jsonapi-validator: answers of every kind,
// and the bodies of what is written.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ANSWER_JUDGES, judgeExchange, MEDIA_TYPE, REQUEST_JUDGES } from './judges.mjs';
import {
  api, ask, creation, fresh, identifier, isGone, make, makeCustomer, makeGateway, makeNumber, makeRoute, makeSipAccount,
  PATIENCE, read, readOne, send, TYPES, wrongAuthorization,
} from './switchboard.mjs';

let customer;
let gateway;
let route;
let number;
let trunk;
let external;

before(async () => {
  customer = await makeCustomer();
  gateway = await makeGateway('Edge', customer);
  route = await makeRoute('Alps', gateway, customer);
  number = await makeNumber(customer);
  trunk = await make('incoming_trunks', { name: 'Main' }, { customer });
  external = await make('external_account_routes', undefined, { customer, available_did_number: number }, fresh());
  await makeSipAccount(customer);
});

for (const [type, { attributes, relationships, includes }] of Object.entries(TYPES)) {
  describe(`documents of ${type}`, PATIENCE, () => {
    test('pages', async () => {
      const { data, meta, links } = await read(`/${type}?page[size]=1000`);
      assert.ok(data.length > 0);
      assert.equal(meta.record_count, data.length);
      assert.deepEqual(Object.keys(links), ['first', 'last']);
      const middle = await read(`/${type}?page[size]=1&page[number]=2&sort=-id`);
      const last = Math.max(1, meta.record_count);
      const around = last > 2 ? ['first', 'last', 'next', 'prev'] : ['first', 'last', 'prev'];
      assert.deepEqual(Object.keys(middle.links).sort(), around);
      assert.equal(new URL(middle.links.last).searchParams.get('page[number]'), String(last));
      const beyond = await read(`/${type}?page[number]=${last + 1}&page[size]=1`);
      assert.deepEqual([beyond.data, beyond.meta, 'next' in beyond.links], [[], meta, false]);
    });

    test('one', async () => {
      const [listed] = (await read(`/${type}?page[size]=1`)).data;
      const document = await read(`/${type}/${listed.id}`);
      assert.deepEqual(document, { data: listed });
      assert.deepEqual(Object.keys(listed.attributes).sort(), [...attributes].sort());
      assert.deepEqual(Object.keys(listed.relationships ?? {}).sort(), Object.keys(relationships).sort());
      assert.deepEqual(listed.links, { self: `${api}/${type}/${listed.id}` });
    });

    test('chosen fields', async () => {
      const [attribute] = attributes;
      const { data } = await read(`/${type}?page[size]=2&fields[${type}]=${attribute}`);
      for (const resource of data) assert.deepEqual(Object.keys(resource.attributes), [attribute]);
      const bare = await read(`/${type}/${data[0].id}?fields[${type}]=id`);
      assert.deepEqual(Object.keys(bare.data).sort(), ['id', 'links', 'type']);
    });

    for (const include of includes) {
      test(`included: ${include}`, async () => {
        const page = await read(`/${type}?page[size]=1000&include=${include}`);
        const ends = follow(page, include);
        assert.ok(ends.length > 0);
        const start = page.data.find((resource) => follow({ ...page, data: [resource] }, include).length > 0);
        const one = await read(`/${type}/${start.id}?include=${include}`);
        assert.deepEqual(one.data, start);
        const [end] = follow({ ...one, data: [one.data] }, include);
        assert.deepEqual(end, await readOne(end.type, end.id));
      });
    }

    for (const [name, target] of Object.entries(relationships)) {
      test(`relationship and related: ${name}`, async () => {
        const { data } = await read(`/${type}?page[size]=1000`);
        const linking = data.find(({ relationships }) => relationships[name].data);
        const { links, data: linked } = linking.relationships[name];
        assert.deepEqual(await read(links.self), { data: linked, links });
        const related = await read(links.related);
        assert.deepEqual(related, { data: await readOne(target, linked.id) });
      });
    }
  });
}

// Follows a path of relationships inside a document; gives what is at its end. All on the way must be in the document.
function follow({ data, included = [] }, path) {
  return path.split('.').reduce((resources, name) => {
    const links = resources.map(({ relationships }) => relationships[name].data).filter(Boolean);
    return links.map((link) => {
      const found = [...data, ...included].find(({ type, id }) => type === link.type && id === link.id);
      assert.ok(found, `${link.type} ${link.id} is not in the document`);
      return found;
    });
  }, data);
}

describe('documents of nothing', PATIENCE, () => {
  test('an empty page', async () => {
    const { data, meta } = await read('/customers?filter[id]=nobody');
    assert.deepEqual([data, meta], [[], { record_count: 0 }]);
  });

  test('an empty relationship', async () => {
    const shared = await makeGateway('Shared');
    const { links, data } = shared.relationships.customer;
    assert.equal(data, null);
    assert.deepEqual(await read(links.self), { data: null, links });
    assert.deepEqual(await read(links.related), { data: null });
  });

  test('nothing to include', async () => {
    const shared = await makeGateway('Shared');
    const document = await read(`/termination_gateways/${shared.id}?include=customer`);
    assert.deepEqual(document, { data: shared });
  });
});

describe('documents of call detail records', PATIENCE, () => {
  test('the paths of the manual', async () => {
    const page = await read('/incoming_trunk_cdrs?sort=-id');
    for (const path of ['incoming_trunk_cdcs', 'incoming_trunk%20cdrs']) {
      assert.deepEqual(await read(`/${path}?sort=-id`), page);
    }
    assert.deepEqual(await read('/termination%20cdrs?sort=-id'), await read('/termination_cdrs?sort=-id'));
  });

  test('times, and filters by them', async () => {
    const [{ id, attributes }] = (await read('/termination_cdrs?page[size]=1')).data;
    const time = attributes.time_start;
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const found = async (filter) => (await read(`/termination_cdrs?filter[id]=${id}&${filter}`)).data.length;
    const [before, after] = [-1, 1].map((step) => new Date(Date.parse(time) + step).toISOString());
    for (const until of ['time_start_lted', 'time_start_lteq']) {
      assert.equal(await found(`filter[time_start_gteq]=${time}&filter[${until}]=${time}`), 1);
      assert.equal(await found(`filter[${until}]=${before}`), 0);
    }
    assert.equal(await found(`filter[time_start_gteq]=${after}`), 0);
  });
});

describe('documents of writes', PATIENCE, () => {
  test('a creation, with what is included', async () => {
    const body = creation('termination_routes', { name: 'Jura', dst_prefix: 41 }, { customer, gateway });
    const answer = await send('POST', '/termination_routes?include=gateway.customer', body);
    assert.equal(answer.status, 201);
    const { data, included } = answer.document;
    assert.equal(answer.headers.get('location'), data.links.self);
    assert.deepEqual(included.map(identifier), [identifier(gateway), identifier(customer)]);
    assert.equal(data.attributes.dst_prefix, '41');
    assert.deepEqual(await readOne('termination_routes', data.id), data);
  });

  test('an update, by PATCH and by PUT', async () => {
    const gateway = await makeGateway('Before', customer);
    for (const [method, name] of [['PATCH', 'After'], ['PUT', 'Later']]) {
      const body = { data: { ...identifier(gateway), attributes: { name } } };
      const { data } = await ask(200, method, `/termination_gateways/${gateway.id}?include=customer`, body);
      assert.deepEqual(data, { ...gateway, attributes: { ...gateway.attributes, name } });
      assert.deepEqual(await readOne('termination_gateways', gateway.id), data);
    }
  });

  test('an update of nothing', async () => {
    const { data } = await ask(200, 'PATCH', `/customers/${customer.id}`, { data: identifier(customer) });
    assert.deepEqual(data, customer);
  });

  test('another linkage, and none', async () => {
    const other = await makeNumber(customer);
    const account = await make('external_account_routes', undefined, { customer }, fresh());
    const { self } = account.relationships.available_did_number.links;
    const { number } = other.attributes;
    await ask(204, 'PATCH', self, { data: identifier(other) });
    assert.deepEqual((await read(self)).data, identifier(other));
    assert.equal((await readOne(account.type, account.id)).attributes.external_caller_id, number);
    await ask(204, 'PUT', self, { data: null });
    assert.equal((await read(self)).data, null);
    await ask(204, 'PATCH', self, { data: identifier(other) });
    await ask(204, 'DELETE', self);
    assert.deepEqual(await readOne(account.type, account.id), account);
  });

  test('a removal', async () => {
    const gateway = await makeGateway('Short-lived', customer);
    await ask(204, 'DELETE', `/termination_gateways/${gateway.id}`);
    await isGone('termination_gateways', gateway.id);
  });

  test('sessions', async () => {
    const { data, ...beside } = await ask(201, 'POST', '/sessions', creation('sessions', undefined, { customer }));
    assert.deepEqual(beside, {});
    assert.deepEqual(Object.keys(data).sort(), ['attributes', 'id', 'type']);
    assert.deepEqual(identifier(data), { type: 'sessions', id: customer.id });
    assert.ok(data.attributes.uri.startsWith(`${api}/auth?token=`));
  });

  test('sessions of the staff', async () => {
    const type = 'customer_admin_sessions';
    const { status, document, headers } = await send('POST', `/${type}`, creation(type, undefined, { customer }));
    const { data } = document;
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(data).sort(), ['attributes', 'id', 'links', 'type']);
    assert.deepEqual(identifier(data), { type, id: customer.id });
    assert.ok(new URL(data.attributes.uri).searchParams.get('x-admin-token'));
    assert.equal(headers.get('location'), data.links.self);
    await isGone(type, data.id);
  });
});

describe('documents of errors', PATIENCE, () => {
  const UNKNOWN = '00000000-0000-4000-8000-000000000000';
  const named = (name) => ({ type: 'customers', id: fresh(), attributes: { name } });
  const update = (resource, more) => ({ data: { ...identifier(resource), ...more } });
  const ofCustomer = (data) => ({ data: { type: 'available_did_numbers', relationships: { customer: { data } } } });

  // What is refused, the status and the codes of the answer, and the request.
  const REFUSALS = [
    ['no name', 422, ['100 /data/attributes/name'], () => ['POST', '/customers', { data: named(' ') }]],
    ['no customer and a wrong codec', 422, ['100 /data/relationships/customer', '100 /data/attributes/codecs'],
      () => ['POST', '/incoming_trunks', creation('incoming_trunks', { codecs: ['PCMX'] })]],
    ['no id', 422, ['100 /data/id'], () => ['POST', '/customers', creation('customers', { name: 'Nameless' })]],
    ['a relationship that must be', 422, ['100 /data/relationships/gateway'],
      () => ['DELETE', route.relationships.gateway.links.self]],
    ['a used id', 409, ['100 /data/id'], () => ['POST', '/customers', { data: { ...named('Twin'), id: customer.id } }]],
    ['another type', 400, ['101'], () => ['POST', '/customers', creation('incoming_trunks', {})]],
    ['fields of an unknown type', 400, ['101'], () => ['GET', '/customers?fields[people]=name']],
    ['an unknown filter', 400, ['102'], () => ['GET', '/customers?filter[name]=x']],
    ['an id with a comma', 400, ['103'], () => ['GET', '/customers/1,2']],
    ['a linkage to what is no UUID', 400, ['103'],
      () => ['POST', '/termination_routes', creation('termination_routes', {}, { gateway: { ...gateway, id: 'x' } })]],
    ['an unknown field', 400, ['104'], () => ['GET', '/customers?fields[customers]=age']],
    ['an unknown attribute', 400, ['105'],
      () => ['POST', '/customers', creation('customers', { name: 'Old', age: 99 }, {}, fresh())]],
    ['an attribute that cannot be changed', 400, ['105'],
      () => ['PATCH', `/incoming_trunks/${trunk.id}`, update(trunk, { attributes: { domain: 'x' } })]],
    ['a customer that cannot be changed', 400, ['105'],
      () => ['PATCH', trunk.relationships.customer.links.self, { data: identifier(customer) }]],
    ['no data', 400, ['106'], () => ['POST', '/customers', {}]],
    ['no truth value', 400, ['107'], () => ['GET', '/available_did_numbers?filter[enabled]=maybe']],
    ['no id in an update', 400, ['109'],
      () => ['PATCH', `/customers/${customer.id}`, { data: { type: 'customers' } }]],
    ['an id that is not in the address', 400, ['110'],
      () => ['PATCH', `/customers/${customer.id}`, update({ ...customer, id: 'other' })]],
    ['an unknown relationship', 400, ['112'], () => ['GET', '/customers?include=gateway']],
    ['an unknown relationship and an unknown order', 400, ['112', '114'],
      () => ['GET', '/customers?include=gateway&sort=age']],
    ['an unknown order', 400, ['114'], () => ['GET', '/customers?sort=age']],
    ['no linkage', 400, ['115'], () => ['POST', '/available_did_numbers', ofCustomer('1')]],
    ['a linkage to another type', 400, ['116'],
      () => ['POST', '/available_did_numbers', ofCustomer(identifier(gateway))]],
    ['no page', 400, ['118'], () => ['GET', '/customers?page[size]=0']],
    ['fields of no type', 400, ['119'], () => ['GET', '/customers?fields=name']],
    ['filters without names', 400, ['120'], () => ['GET', '/customers?filter=name']],
    ['data of another kind', 400, ['122'], () => ['POST', '/customers', { data: 'x' }]],
    ['no JSON', 400, ['400'], () => ['POST', '/customers', '{"data":']],
    ['no credentials', 401, ['401'], () => ['GET', '/customers', undefined, { authorization: '' }]],
    ['wrong credentials', 401, ['401'], () => ['GET', '/customers', undefined, { authorization: wrongAuthorization }]],
    ['a token of nobody', 401, ['401'], () => ['GET', '/auth?token=x']],
    ['an unknown record', 404, ['404'], () => ['GET', `/termination_routes/${UNKNOWN}`]],
    ['what is related to an unknown record', 404, ['404'], () => ['GET', `/termination_routes/${UNKNOWN}/gateway`]],
    ['an unknown relationship in the address', 404, ['404'], () => ['GET', `/termination_routes/${route.id}/friends`]],
    ['an unknown type in the address', 404, ['404'], () => ['GET', '/people']],
    ['a method that is not served', 405, ['405'], () => ['DELETE', '/customers']],
    ['a call detail record of a script', 405, ['405'],
      () => ['POST', '/termination_cdrs', creation('termination_cdrs', { duration: 3 })]],
    ['only a version with parameters', 406, ['406'],
      () => ['GET', '/customers', undefined, { accept: `${MEDIA_TYPE}; version=1` }]],
    ['plain JSON', 415, ['415'],
      () => ['POST', '/customers', { data: named('Plain') }, { 'content-type': 'application/json' }]],
    ['a version with parameters', 415, ['415'],
      () => ['POST', '/customers', { data: named('Set') }, { 'content-type': `${MEDIA_TYPE}; charset=utf-8` }]],
  ];

  for (const [what, expected, codes, request] of REFUSALS) {
    test(`${expected}: ${what}`, async () => {
      const { status, document } = await send(...request());
      assert.equal(status, expected, JSON.stringify(document));
      assert.deepEqual(Object.keys(document), ['errors']);
      const found = document.errors.map(({ code, source }) => [code, source?.pointer].filter(Boolean).join(' '));
      assert.deepEqual(found, codes);
      for (const error of document.errors) {
        assert.equal(error.status, String(expected));
        assert.ok(error.title && error.detail, JSON.stringify(error));
      }
    });
  }

  test('nothing of what was refused is there', async () => {
    assert.deepEqual(await readOne('customers', customer.id), customer);
    assert.deepEqual(await readOne('incoming_trunks', trunk.id), trunk);
    assert.deepEqual(await readOne('termination_routes', route.id), route);
    const { data } = await read(`/available_did_numbers?filter[customer.id]=${customer.id}`);
    assert.ok(data.some(({ id }) => id === number.id));
    assert.equal((await readOne('external_account_routes', external.id)).attributes.allow_external_calls, true);
  });
});

describe('the judges', PATIENCE, () => {
  const resource = { type: 'customers', id: '1' };
  const request = { data: { ...resource, relationships: { customer: { data: resource } } } };
  // Good documents, each with ways to spoil it.
  const CASES = {
    'the schema of answers': [
      { data: [resource], links: { first: 'http://pbx.example/?page%5Bsize%5D=1' }, included: [] },
      (document) => { document.data[0].id = 1; },
      (document) => { document.data[0].links = { self: '/customers?page[size]=1' }; },
      (document) => { document.data[0].relationships = { customer: {} }; },
      (document) => { document.data[0].attributes = { id: '1' }; },
      (document) => { document.errors = [{ status: '400' }]; },
      (document) => { document.pages = 1; },
      (document) => { delete document.data; },
    ],
    'jsonapi-validator': [
      { data: resource },
      (document) => { document.data.id = 1; },
      (document) => { delete document.data.type; },
      (document) => { document.data.attributes = { type: 'x' }; },
      (document) => { document.errors = [{ status: 400 }]; },
      (document) => { delete document.data; },
    ],
    'full linkage': [
      { data: [{ ...resource, id: '2', relationships: { customer: { data: resource } } }], included: [resource] },
      (document) => { document.included.push(resource); },
      (document) => { document.data[0].relationships.customer.data = null; },
    ],
    'the schema of creations': [
      { data: { type: 'customers', attributes: { name: 'x' } } },
      (document) => { delete document.data.type; },
      (document) => { document.data.links = { self: 'http://pbx.example/' }; },
      (document) => { document.data = [document.data]; },
      (document) => { document.data.relationships = { customer: { data: 'x' } }; },
    ],
    'the schema of updates': [
      request,
      (document) => { delete document.data.id; },
      (document) => { document.data.relationships.customer.data = { id: '1' }; },
    ],
    'the schema of linkages': [
      { data: resource },
      (document) => { document.data = 'x'; },
      (document) => { delete document.data.id; },
      (document) => { delete document.data; },
    ],
  };

  test('every exchange is judged', () => {
    const exchange = {
      method: 'POST', url: `${api}/customers`, sent: { data: { type: 'customers' } },
      status: 201, contentType: MEDIA_TYPE, document: { data: resource },
    };
    judgeExchange(exchange);
    const url = `${api}/customers/1`;
    for (const wrong of [
      { document: { data: { id: '1' } } },
      { document: undefined },
      { contentType: 'application/json' },
      { contentType: null },
      { sent: {} },
      { method: 'PATCH', url },
      { method: 'PATCH', url: `${url}/relationships/customer` },
    ]) {
      assert.throws(() => judgeExchange({ ...exchange, ...wrong }), assert.AssertionError, JSON.stringify(wrong));
    }
  });

  for (const [judge, judgement] of Object.entries({ ...ANSWER_JUDGES, ...REQUEST_JUDGES })) {
    test(`${judge} refuses what is wrong, and only that`, () => {
      const [good, ...spoilers] = CASES[judge];
      assert.deepEqual(judgement(structuredClone(good)), []);
      assert.ok(spoilers.length > 0);
      for (const spoil of spoilers) {
        const document = structuredClone(good);
        spoil(document);
        assert.notDeepEqual(judgement(document), [], `${spoil}`);
      }
    });
  }
});
