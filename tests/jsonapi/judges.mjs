// Who judges the documents: the schemas of the specification, jsonapi-validator, and what a schema cannot say.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import addFormats from 'ajv-formats';
import Ajv2020 from 'ajv/dist/2020.js';
import { Validator } from 'jsonapi-validator';

export const MEDIA_TYPE = 'application/vnd.api+json';

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
const [answer, creation, update, linkage] = [
  'schema', 'schema_create_resource', 'schema_update_resource', 'schema_update_relationship',
].map((name) => {
  const schema = JSON.parse(readFileSync(path.join(import.meta.dirname, 'schemas', `${name}.json`), 'utf8'));
  ajv.addSchema(schema);
  return ajv.getSchema(schema.$id);
});
const validator = new Validator();

// Each judge by its name: what it finds wrong with a document.
export const ANSWER_JUDGES = {
  'the schema of answers': by(answer),
  'jsonapi-validator': (document) => {
    try {
      validator.validate(document);
      return [];
    } catch (refusal) {
      return refusal.errors.map(({ dataPath, message }) => `${dataPath} ${message}`);
    }
  },
  'full linkage': brokenLinkage,
};
export const REQUEST_JUDGES = {
  'the schema of creations': by(creation),
  'the schema of updates': by(update),
  'the schema of linkages': by(linkage),
};

function by(validate) {
  const words = ({ instancePath, message }) => `${instancePath} ${message}`;
  return (document) => (validate(document) ? [] : validate.errors.map(words));
}

// The specification wants each resource once in a document, and each included one linked to by another.
function brokenLinkage({ data, included = [] }) {
  const key = ({ type, id }) => `${type} ${id}`;
  const resources = [data ?? [], included].flat();
  const keys = resources.map(key);
  const twice = keys.filter((one, index) => keys.indexOf(one) !== index);
  const linked = new Set(resources.flatMap(({ relationships = {} }) =>
    Object.values(relationships).flatMap((relationship) => relationship.data ?? []).map(key)));
  const unlinked = included.map(key).filter((one) => !linked.has(one));
  return [...twice.map((one) => `${one} is there twice`), ...unlinked.map((one) => `nothing links to ${one}`)];
}

// Judges an answer, and the request as well if it was done: a refused one may be wrong on purpose.
export function judgeExchange({ method, url, sent, status, contentType, document }) {
  const what = `${method} ${url}, ${status}`;
  if (document === undefined) {
    assert.equal(contentType, null, what);
  } else {
    assert.equal(contentType, MEDIA_TYPE, what);
    for (const [judge, judgement] of Object.entries(ANSWER_JUDGES)) acquits(judge, judgement, document, what);
  }
  if (status >= 400 || sent === undefined || method === 'DELETE') return;
  const judge = requestJudge(method, url);
  acquits(judge, REQUEST_JUDGES[judge], sent, what);
}

// Judges what axios sent and received, which the client libraries are made with.
export function judgeAxios({ config, status, headers, data }) {
  judgeExchange({
    method: config.method.toUpperCase(),
    url: new URL(config.url, config.baseURL && `${config.baseURL}/`).href,
    sent: config.data && JSON.parse(config.data),
    status,
    contentType: headers['content-type'] ?? null,
    document: data === '' ? undefined : data,
  });
}

function requestJudge(method, url) {
  if (new URL(url).pathname.includes('/relationships/')) return 'the schema of linkages';
  return method === 'POST' ? 'the schema of creations' : 'the schema of updates';
}

function acquits(judge, judgement, document, what) {
  const found = judgement(JSON.parse(JSON.stringify(document)));
  assert.deepEqual(found, [], `${what}: ${judge} refuses ${JSON.stringify(document)}`);
}
