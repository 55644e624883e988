import type { Duplex } from "node:stream";

/**
 * Has a stream send what is written to it in one turn of the event loop as one piece: a call to the system for each
 * message, or one with many pieces, costs more than to copy a few kilobytes.
 */
export function gather(stream: Duplex): void {
  const write = stream.write.bind(stream) as (piece: Uint8Array, ...how: unknown[]) => boolean;
  let pieces: Uint8Array[] = [];
  const send = () => {
    if (pieces.length > 0) write(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    pieces = [];
  };
  stream.write = (piece: Uint8Array, ...how: unknown[]) => {
    if (how.length > 0) {
      send();
      return write(piece, ...how);
    }
    if (pieces.push(piece) === 1) process.nextTick(send);
    return true;
  };
}
