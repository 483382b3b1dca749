// The schema, judged by all rules for schemas that graphql-eslint has, and by its rules for Relay.

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import plugin from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';
import { PATIENCE, schemaText } from './switchboard.mjs';

const rules = {
  ...plugin.configs['flat/schema-all'].rules,
  ...plugin.configs['flat/schema-relay'].rules,
  // The roots are there to be used.
  '@graphql-eslint/no-root-type': 'off',
  // Payloads, changes and the values inside a row have no id.
  '@graphql-eslint/strict-id-in-types': 'off',
  // Fields stand in the order in which people read them.
  '@graphql-eslint/alphabetize': 'off',
  // Connections have `nodes` beside their `edges`, and rows have lists of plain values.
  '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
};

describe('graphql-eslint', PATIENCE, () => {
  const file = path.join(import.meta.dirname, 'schema.graphql');
  before(async () => writeFile(file, await schemaText()));
  after(() => rm(file));

  test('the schema follows every rule', async () => {
    assert.deepEqual(await problems(await schemaText()), []);
  });

  test('a schema that does not is told so', async () => {
    const found = await problems('"no block" type badName { value: Int }');
    const names = found.map((problem) => problem.split(' ')[1]);
    assert.ok(names.includes('@graphql-eslint/naming-convention'), names.join());
    assert.ok(names.includes('@graphql-eslint/description-style'), names.join());
  });

  async function problems(text) {
    const parserOptions = { graphQLConfig: { schema: file } };
    const languageOptions = { parser: plugin.parser, parserOptions };
    const config = { files: ['*.graphql'], plugins: { '@graphql-eslint': plugin }, languageOptions, rules };
    const eslint = new ESLint({ cwd: import.meta.dirname, overrideConfigFile: true, overrideConfig: config });
    const [{ messages }] = await eslint.lintText(text, { filePath: file });
    return messages.map(({ line, ruleId, message }) => `${line} ${ruleId} ${message}`);
  }
});
