// A frontend in small: it compiles when the generated types say what the schema means. Never run.

import type { ResultOf, TypedDocumentNode, VariablesOf } from '@graphql-typed-document-node/core';
import { useFragment, type FragmentType } from './gql/index';
import {
  AnythingDocument, NumberChangesDocument, NumberRowFragmentDoc, NumbersDocument, UpdateNumberDocument,
  type NumbersQueryVariables,
} from './gql/graphql';
import type { FindNumbersQuery, FindNumbersQueryVariables } from './operations';
import type { Mutation, PhoneNumber, PhoneNumberCreateInput, Query, Scalars, UserError } from './schema';

declare function ask<T, V>(document: TypedDocumentNode<T, V>, variables: V): Promise<T>;

// Scalars, null and lists.
export function describe(number: PhoneNumber): string {
  const made: string = number.createdAt;
  const count: number = number.version;
  const where: string | null | undefined = number.tenant?.domain;
  return `${number.id} ${made} ${count} ${where ?? 'nowhere'}`;
}

// Only what an input requires is required, and null is not the same as nothing.
export const least: PhoneNumberCreateInput = { number: '4930555' };
type Update = VariablesOf<typeof UpdateNumberDocument>;
export const cleared: Update = { input: { id: 'phone_number_1', extensionId: null } };
// @ts-expect-error a number is required
export const nothing: PhoneNumberCreateInput = {};
// @ts-expect-error a row must be named
export const nameless: Update = { input: { number: '4930555' } };

// A page, its rows behind a mask, and the way to the next page.
export async function numbers(after: string | null): Promise<string[]> {
  const variables: NumbersQueryVariables = { after, filter: { number: { startsWith: '49' } } };
  const { phoneNumbers } = await ask(NumbersDocument, variables);
  if (!phoneNumbers) return [];
  const rest = phoneNumbers.pageInfo.hasNextPage ? await numbers(phoneNumbers.pageInfo.endCursor ?? null) : [];
  return [...phoneNumbers.edges.map(({ node }) => row(node)), ...rest];
}

function row(masked: FragmentType<typeof NumberRowFragmentDoc>): string {
  const number = useFragment(NumberRowFragmentDoc, masked);
  return `${number.number} ${number.tenant?.domain ?? ''}`;
}

// Anything with an id, told apart by its `__typename`.
export async function title(id: string): Promise<string | undefined> {
  const { node } = await ask(AnythingDocument, { id });
  switch (node?.__typename) {
    case 'User':
      return `${node.login} (${node.role})`;
    case 'Trunk':
      return node.uuid;
    default:
      return node?.id;
  }
}

// What a write answers: the row or what to mend.
export async function rename(id: string, version: number): Promise<string> {
  const input = { id, expectedVersion: version, location: 'Berlin' };
  const { phoneNumberUpdate } = await ask(UpdateNumberDocument, { input });
  const [problem] = phoneNumberUpdate?.userErrors ?? [];
  if (problem) return `${problem.code} ${problem.field?.join('.') ?? ''} ${problem.message}`;
  const number = useFragment(NumberRowFragmentDoc, phoneNumberUpdate?.phoneNumber);
  return number?.number ?? 'gone';
}

export function heard({ phoneNumberChanged: change }: ResultOf<typeof NumberChangesDocument>): string {
  return `${change.event} ${change.cursor} ${change.node ? row(change.node) : 'gone'}`;
}

// Types of the whole schema and of the samples of the playground.
export const prefix: FindNumbersQueryVariables = { prefix: '49' };
export type Sample = NonNullable<FindNumbersQuery['phoneNumbers']>['nodes'][number]['number'];
export const sample: Sample = '4930555';
export type Roots = [Query['phoneNumbers'], Mutation['phoneNumberCreate'], UserError['code'], Scalars['Secret']['input']];
