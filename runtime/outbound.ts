/** The one gate to the outside: nothing waits for ever. */
export function outbound(address: string, init: RequestInit = {}, timeoutMs = 120_000): Promise<Response> {
  return fetch(address, { ...init, signal: init.signal ?? AbortSignal.timeout(timeoutMs) });
}
