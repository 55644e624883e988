/** Tokens of sessions stand as hashes; who is signed in stays so. */
export const statements: readonly string[] = [
  `update trellis.session set token = encode(sha256(convert_to(token, 'UTF8')), 'hex')`,
];
