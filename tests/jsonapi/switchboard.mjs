// What the tests share: the API under test, its types, its operator, and what scripts do through it without a library.

import assert from 'node:assert/strict';
import { judgeExchange, MEDIA_TYPE } from './judges.mjs';

const base = new URL(setting('BASE_URL'));
export const api = new URL('/api/rest/public/operator', base).href;
export const account = { username: setting('ADMIN_LOGIN'), password: setting('ADMIN_PASSWORD') };
export const authorization = basic(account);
export const wrongAccount = { ...account, password: 'not this one' };
export const wrongAuthorization = basic(wrongAccount);

function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run these tests by \`cargo xtask clients\``);
  return value;
}

function basic({ username, password }) {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

// How long a test file may take on a machine that does other things as well.
export const PATIENCE = { timeout: 120_000 };

const CALLS = 'incoming_internal incoming_external outgoing_internal outgoing_external on_demand';
const REWRITING = 'src_rewrite_rule src_rewrite_result dst_rewrite_rule dst_rewrite_result';
const CALLER_ID = 'caller_id_name internal_caller_id external_caller_id allow_external_calls';
const TIMES = 'time_start time_connect time_end';
const DISCONNECTION = 'lega_disconnect_code lega_disconnect_reason lega_call_id';

// The types that are read: their attributes, the types of their relationships, and the paths that may be included.
export const TYPES = {
  customers: type('name language capacity_limit sip_account_limit'),
  incoming_trunks: type('name codecs transport_protocol domain destination_field', { customer: 'customers' }),
  available_did_numbers: type('number enabled', { customer: 'customers' }),
  termination_gateways: type(
    `name host port ${REWRITING} authorization_name authorization_password codecs network_protocol`,
    { customer: 'customers' },
  ),
  termination_routes: type(
    `name src_prefix dst_prefix ${REWRITING}`,
    { customer: 'customers', gateway: 'termination_gateways' },
    ['gateway.customer'],
  ),
  external_account_routes: type(
    `${CALLS} ${CALLER_ID}`,
    { customer: 'customers', available_did_number: 'available_did_numbers' },
    ['available_did_number.customer'],
  ),
  sip_device_routes: type(
    `username password ${CALLS} ${CALLER_ID} user_agent is_online use_allowed_ips allowed_ips`,
    { customer: 'customers' },
  ),
  termination_cdrs: type(
    `aleg_code aleg_reason duration src_name_in src_number_in dst_number_in orig_call_id local_tag global_tag ${TIMES}`,
    { customer: 'customers', termination_route: 'termination_routes', termination_gateway: 'termination_gateways' },
  ),
  incoming_trunk_cdrs: type(
    `src_name src_number dst_number did_number duration success ${TIMES} ${DISCONNECTION}`,
    { customer: 'customers', incoming_trunk: 'incoming_trunks' },
  ),
};

function type(attributes, relationships = {}, nested = []) {
  return {
    attributes: attributes.split(' '),
    relationships,
    includes: [...Object.keys(relationships), ...nested],
  };
}

// Sends a request as the operator, or as the headers say, and gives the answer as it came. The judges have seen it.
export async function send(method, path, body, headers = {}) {
  const sent = { authorization, ...(body !== undefined && { 'content-type': MEDIA_TYPE }), ...headers };
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const url = new URL(path.startsWith('/') ? api + path : path);
  const response = await fetch(url, { method, headers: sent, body: text });
  const answer = await response.text();
  const document = answer === '' ? undefined : JSON.parse(answer);
  const contentType = response.headers.get('content-type');
  const exchange = { method, url: url.href, sent: body, status: response.status, contentType, document };
  judgeExchange(exchange);
  return { ...exchange, headers: response.headers };
}

// Sends a request that must be answered with the status; gives the document.
export async function ask(status, method, path, body) {
  const answer = await send(method, path, body);
  assert.equal(answer.status, status, JSON.stringify(answer.document));
  return answer.document;
}

export const read = (path) => ask(200, 'GET', path);
export const readOne = async (type, id) => (await read(`/${type}/${id}`)).data;
export const isGone = (type, id) => ask(404, 'GET', `/${type}/${id}`);

// A resource to be made, as a request carries it.
export function creation(type, attributes, related = {}, id = undefined) {
  const relationships = Object.fromEntries(
    Object.entries(related).map(([name, target]) => [name, { data: target && identifier(target) }]),
  );
  return { data: { type, id, attributes, ...(Object.keys(related).length > 0 && { relationships }) } };
}

export const identifier = ({ type, id }) => ({ type, id });

// Makes a resource; gives it.
export async function make(type, attributes, related, id) {
  return (await ask(201, 'POST', `/${type}`, creation(type, attributes, related, id))).data;
}

let drawn = 0;

// An id, number or name that no other test has.
export function fresh() {
  drawn += 1;
  return `${process.pid}${String(drawn).padStart(4, '0')}`;
}

// Makes a customer, so that a test has a corner of its own.
export const makeCustomer = (name = 'Birch Bakery') => make('customers', { name }, {}, fresh());

export const makeNumber = (customer) => make('available_did_numbers', { number: fresh() }, { customer });

export function makeGateway(name, customer) {
  return make('termination_gateways', { name, host: 'sip.carrier.example' }, customer && { customer });
}

export function makeRoute(name, gateway, customer) {
  return make('termination_routes', { name }, { gateway, ...(customer && { customer }) });
}

// Makes a SIP account, which only the customer can, through the API for frontends; gives the resource.
export async function makeSipAccount(customer) {
  const { tenants } = await graphql(
    'query ($id: String!) { tenants(filter: { customerId: { eq: $id } }) { nodes { id } } }',
    { id: customer.id },
  );
  const { sipAccountCreate } = await graphql(
    `mutation ($tenantId: ID!) {
      sipAccountCreate(input: { tenantId: $tenantId }) { sipAccount { uuid } userErrors { message } }
    }`,
    { tenantId: tenants.nodes[0].id },
  );
  assert.deepEqual(sipAccountCreate.userErrors, []);
  return readOne('sip_device_routes', sipAccountCreate.sipAccount.uuid);
}

async function graphql(query, variables) {
  const response = await fetch(new URL('/graphql', base), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}
