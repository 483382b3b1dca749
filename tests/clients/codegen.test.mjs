// Types that graphql-codegen makes of the schema, of the samples of the playground and of more documents: strict
// TypeScript accepts them, and a program that uses them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';
import { base, PATIENCE, schemaText } from './switchboard.mjs';

const packageOf = createRequire(import.meta.url).resolve;
const compiler = path.join(path.dirname(packageOf('typescript/package.json')), 'bin/tsc');
const source = path.join(import.meta.dirname, 'codegen');
// Below the packages, so that the compiler finds what is imported.
const folder = path.join(import.meta.dirname, 'generated');
// A scalar that is not here is refused, so that each new one is thought of.
const config = { strictScalars: true, scalars: { DateTime: 'string', Secret: 'string', UUID: 'string' } };

describe('graphql-codegen', PATIENCE, () => {
  let schema;
  let documents;
  before(async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(path.join(folder, 'gql'), { recursive: true });
    await cp(path.join(source, 'program.ts'), path.join(folder, 'program.ts'));
    schema = { schema: parse(await schemaText()), schemaAst: buildSchema(await schemaText()) };
    const samples = await (await fetch(new URL('/playground/samples.json', base))).json();
    assert.ok(samples.length > 0);
    const texts = samples.map(({ domain, name, query }) => [`${domain}/${name}.graphql`, query]);
    texts.push(['numbers.graphql', await readFile(path.join(source, 'numbers.graphql'), 'utf8')]);
    documents = texts.map(([location, rawSDL]) => ({ location, rawSDL, document: parse(rawSDL) }));
  });

  test('types of the whole schema', () => generate('schema.ts', { typescript }, []));

  test('types of the operations', () => generate('operations.ts', { operations }, documents));

  test('the client preset', async () => {
    const baseOutputDir = path.join(folder, 'gql/');
    const options = { ...schema, baseOutputDir, documents, config, plugins: [], pluginMap: {}, presetConfig: {} };
    for (const section of await preset.buildGeneratesSection(options)) {
      await writeFile(section.filename, await codegen(section));
    }
  });

  test('a program with all of these compiles in strict mode', async () => {
    const settings = ['--strict', '--noEmit', '--noUncheckedIndexedAccess', '--target', 'es2022', '--module', 'esnext',
      '--moduleResolution', 'bundler', '--types', ''];
    const output = await new Promise((resolve) => {
      execFile(process.execPath, [compiler, ...settings, 'program.ts'], { cwd: folder }, (failure, stdout, stderr) =>
        resolve(failure ? stdout + stderr || failure.message : ''));
    });
    assert.equal(output, '');
  });

  async function generate(file, pluginMap, documents) {
    const filename = path.join(folder, file);
    const plugins = Object.keys(pluginMap).map((name) => ({ [name]: {} }));
    await writeFile(filename, await codegen({ ...schema, filename, documents, config, plugins, pluginMap }));
  }
});
