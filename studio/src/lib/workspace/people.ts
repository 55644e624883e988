import { get } from "../api.ts";

/** Somebody who has an account here, as administrators are told of her. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly active: boolean;
  readonly roles: readonly string[];
  readonly manager: string | null;
  readonly signs_in: boolean;
  readonly second_factor: boolean;
  readonly teams: readonly { readonly id: string; readonly name: string }[];
}

/** All who have an account, also those who are active no longer. */
export async function readPeople(): Promise<readonly Person[]> {
  return (await get<{ items: readonly Person[] }>("/api/users")).items;
}
