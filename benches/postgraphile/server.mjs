// PostGraphile over the tables of the benchmark: address and database come as arguments.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [address, connectionString, connections] = process.argv.slice(2);
const [host, port] = address.split(":");

const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, schemas: ["public"], poolConfig: { max: Number(connections) } })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, watch: false },
  grafast: { explain: false },
}).createServ(grafserv);

const server = createServer();
await service.addTo(server);
await service.ready?.();
server.listen(Number(port), host);
process.on("SIGTERM", () => process.exit(0));
