/**
 * A mail server in a process of its own that takes everything and keeps nothing; it tells its port, and to whoever sends
 * it a message how many mails and bytes of them have come since it was asked last.
 */
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

let [mails, bytes] = [0, 0];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS", "AUTH"],
  disableReverseLookup: true,
  maxClients: 1000,
  onData: (stream, _session, done) => {
    stream.on("data", (piece: Buffer) => (bytes += piece.length));
    stream.on("end", () => {
      mails += 1;
      done();
    });
  },
});
server.on("error", () => undefined);
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.server.address() as AddressInfo).port}\n`));
process.on("message", () => {
  process.send?.({ mails, bytes });
  [mails, bytes] = [0, 0];
});
process.on("disconnect", () => process.exit());
