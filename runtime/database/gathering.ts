import type { Duplex } from "node:stream";

/** Lets a stream send what is written to it in one turn of the event loop with one call to the system. */
export function gather(stream: Duplex): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...how: any[]) => boolean;
  let gathering = false;
  stream.write = (chunk: unknown, ...how: any[]) => {
    if (!gathering) {
      gathering = true;
      stream.cork();
      process.nextTick(() => {
        gathering = false;
        stream.uncork();
      });
    }
    return write(chunk, ...how);
  };
}
