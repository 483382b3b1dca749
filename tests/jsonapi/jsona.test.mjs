// Jsona, which only turns documents into objects and back: compound documents, and what is written with its bodies.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Jsona } from 'jsona';
import { ask, identifier, makeCustomer, makeGateway, makeRoute, PATIENCE, read, readOne } from './switchboard.mjs';

describe('Jsona', PATIENCE, () => {
  const jsona = new Jsona();
  let customer;
  let gateway;
  let route;

  before(async () => {
    customer = await makeCustomer('Birch Bakery');
    gateway = await makeGateway('Edge', customer);
    route = await makeRoute('Alps', gateway, customer);
  });

  test('a resource with what is included, and below it', async () => {
    const found = jsona.deserialize(await read(`/termination_routes/${route.id}?include=gateway.customer`));
    assert.deepEqual([found.type, found.id, found.name], ['termination_routes', route.id, 'Alps']);
    assert.deepEqual([found.gateway.id, found.gateway.host], [gateway.id, 'sip.carrier.example']);
    assert.deepEqual([found.gateway.customer.id, found.gateway.customer.name], [customer.id, 'Birch Bakery']);
    assert.equal(found.gateway.customer, found.customer);
  });

  test('a resource that includes nothing has the identifiers', async () => {
    const found = jsona.deserialize(await read(`/termination_routes/${route.id}`));
    assert.deepEqual(identifier(found.gateway), identifier(gateway));
    assert.equal(found.gateway.name, undefined);
  });

  test('a list, whose rows share what is included', async () => {
    const customer = await makeCustomer('Birch Bakery');
    const [gateway, shared] = [await makeGateway('Edge', customer), await makeGateway('Shared')];
    await makeRoute('Alps', gateway, customer);
    await makeRoute('Jura', shared, customer);
    await makeRoute('Vosges', gateway, customer);
    const path = `/termination_routes?filter[customer.id]=${customer.id}&sort=-name&include=customer,gateway.customer`;
    const [vosges, jura, alps] = jsona.deserialize(await read(path));
    assert.deepEqual([alps.name, jura.name, vosges.name], ['Alps', 'Jura', 'Vosges']);
    assert.equal(alps.gateway, vosges.gateway);
    assert.deepEqual([jura.gateway.name, jura.gateway.customer], ['Shared', null]);
    assert.equal(alps.gateway.customer.name, 'Birch Bakery');
  });

  test('a body that it makes creates a resource', async () => {
    const stuff = {
      type: 'termination_routes', name: 'New', dst_prefix: '43',
      gateway: identifier(gateway), customer: identifier(customer), relationshipNames: ['gateway', 'customer'],
    };
    const made = jsona.deserialize(await ask(201, 'POST', '/termination_routes', jsona.serialize({ stuff })));
    const { attributes, relationships } = await readOne('termination_routes', made.id);
    assert.deepEqual([attributes.name, attributes.dst_prefix, made.name], ['New', '43', 'New']);
    assert.deepEqual(relationships.gateway.data, identifier(gateway));
    assert.deepEqual(relationships.customer.data, identifier(customer));
  });

  test('a resource is read, changed and written back', async () => {
    const route = await makeRoute('Vanoise', gateway, customer);
    const other = await makeGateway('Other', customer);
    const path = `/termination_routes/${route.id}`;
    const { links, ...found } = jsona.deserialize(await read(path));
    const stuff = { ...found, name: 'Changed', gateway: identifier(other), relationshipNames: ['gateway'] };
    delete stuff.customer; // may not be changed
    const { data } = await ask(200, 'PATCH', path, jsona.serialize({ stuff }));
    assert.deepEqual(data.attributes, { ...route.attributes, name: 'Changed' });
    assert.deepEqual(data.relationships.gateway.data, identifier(other));
    assert.deepEqual(await readOne('termination_routes', route.id), data);
    assert.deepEqual(data.links, links);
  });
});
