// What a page about phone numbers asks for, as a frontend with Relay writes it. Compiled, never run.

import { graphql } from 'relay-runtime';

export const row = graphql`
  fragment numbers_row on PhoneNumber {
    id
    number
    location
    version
    updatedAt
  }
`;

export const list = graphql`
  fragment numbers_list on Query
  @refetchable(queryName: "numbersListPaginationQuery")
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 20 }
    cursor: { type: "String" }
    filter: { type: "PhoneNumberFilter" }
  ) {
    phoneNumbers(first: $count, after: $cursor, filter: $filter)
      @connection(key: "numbers_list_phoneNumbers", filters: ["filter"]) {
      totalCount
      edges {
        node {
          ...numbers_row
        }
      }
    }
  }
`;

export const page = graphql`
  query numbersPageQuery($filter: PhoneNumberFilter) {
    viewer {
      login
      role
    }
    ...numbers_list @arguments(filter: $filter)
  }
`;

export const ofTenant = graphql`
  fragment numbers_ofTenant on Tenant
  @refetchable(queryName: "numbersOfTenantQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    id
    domain
    phoneNumbers(last: $count, before: $cursor) @connection(key: "numbers_ofTenant_phoneNumbers") {
      edges {
        node {
          ...numbers_row
        }
      }
    }
  }
`;

export const create = graphql`
  mutation numbersCreateMutation($input: PhoneNumberCreateInput!, $connections: [ID!]!) {
    phoneNumberCreate(input: $input) {
      phoneNumber @prependNode(connections: $connections, edgeTypeName: "PhoneNumberEdge") {
        ...numbers_row
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`;

export const remove = graphql`
  mutation numbersDeleteMutation($input: DeleteInput!, $connections: [ID!]!) {
    phoneNumberDelete(input: $input) {
      deletedId @deleteRecord @deleteEdge(connections: $connections)
      userErrors {
        code
        message
      }
    }
  }
`;

export const changed = graphql`
  subscription numbersChangedSubscription($tenant: ID, $since: String) {
    phoneNumberChanged(tenantId: $tenant, since: $since) {
      event
      cursor
      nodeId
      node {
        ...numbers_row
        tenant {
          id
          ...numbers_name
        }
      }
    }
  }
`;

export const name = graphql`
  fragment numbers_name on Node {
    id
    ... on Tenant {
      name
    }
    ... on User {
      name
    }
  }
`;
