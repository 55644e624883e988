/** Whether statements travel together: on a cluster a `with` that writes is cut into steps, and several in one text fail. */
export type Form = "joined" | "single";

let form: Form = "joined";

/** Chooses the form for this process: by the kind of server, and by tests that want both. */
export function useForm(wanted: Form): void {
  form = wanted;
}

/** Whether what follows each other may go in one message. */
export const isJoined = (): boolean => form === "joined";
