import {
  createActor,
  fromTransition,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  type ExecutableActionObject,
} from "xstate";

type Moved = readonly [snapshot: AnyMachineSnapshot, asked: readonly ExecutableActionObject[]];

/** Where a machine stands after an event, and what it asks for, as xstate's function of this name tells it. */
export function transition(machine: AnyStateMachine, from: AnyMachineSnapshot, event: EventObject): Moved {
  return asked((scope) => machine.transition(from, event, scope) as AnyMachineSnapshot);
}

/** Where a machine stands once it has begun, and what it asks for, as xstate's function of this name tells it. */
export function initialTransition(machine: AnyStateMachine, input: unknown): Moved {
  return asked((scope) => machine.getInitialSnapshot(scope, input) as AnyMachineSnapshot);
}

const idle = fromTransition((it: null) => it, null);
const nothing = () => undefined;

/**
 * Moves in the name of an actor that does nothing. xstate takes one of the machine itself, and so begins the machine
 * anew, with all that it does on entry, before each move.
 */
function asked(move: (scope: AnyActorScope) => AnyMachineSnapshot): Moved {
  const actions: ExecutableActionObject[] = [];
  const self = createActor(idle);
  const ways = { logger: nothing, defer: nothing, stopChild: nothing, emit: nothing };
  const actionExecutor = (action: ExecutableActionObject) => void actions.push(action);
  return [move({ self, system: self.system, id: "", sessionId: "", ...ways, actionExecutor }), actions];
}
