// The compiler of Relay accepts the schema with everything that Relay wants of one: connections, refetching by
// `node`, deleted ids and edges to insert, changes to subscribe to.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PATIENCE, schemaText } from './switchboard.mjs';

const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js');
const config = {
  src: './relay',
  schema: './schema.graphql',
  language: 'javascript',
  artifactDirectory: './relay/__generated__',
  schemaConfig: { nodeInterfaceIdField: 'id' },
};

describe('relay-compiler', PATIENCE, () => {
  let folder;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'relay-'));
    await cp(path.join(import.meta.dirname, 'relay'), path.join(folder, 'relay'), { recursive: true });
    await mkdir(path.join(folder, config.artifactDirectory));
    await writeFile(path.join(folder, 'schema.graphql'), await schemaText());
    await writeFile(path.join(folder, 'relay.config.json'), JSON.stringify(config));
  });
  after(() => rm(folder, { recursive: true }));

  test('queries, fragments, mutations and a subscription compile', async () => {
    const { failure, output } = await compile();
    assert.equal(failure, null, output);
    assert.doesNotMatch(output, /warn|error/i);
    const made = await readdir(path.join(folder, config.artifactDirectory));
    const wanted = ['numbersChangedSubscription', 'numbersCreateMutation', 'numbersDeleteMutation',
      'numbersListPaginationQuery', 'numbersOfTenantQuery', 'numbersPageQuery', 'numbers_list', 'numbers_name',
      'numbers_ofTenant', 'numbers_row'];
    assert.deepEqual(made.toSorted(), wanted.map((name) => `${name}.graphql.js`).toSorted());
  });

  function compile() {
    return new Promise((resolve) => {
      execFile(process.execPath, [compiler, 'relay.config.json'], { cwd: folder }, (failure, stdout, stderr) =>
        resolve({ failure, output: stdout + stderr }));
    });
  }
});
