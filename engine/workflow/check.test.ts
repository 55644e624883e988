import { describe, expect, test } from "vitest";
import type { AnyDocument } from "schemas";
import { voyageDocuments, voyageEntity, voyageWorkflow } from "../../test/fixtures/voyage.ts";
import type { ActionType } from "../actions/action-type.ts";
import { actions } from "../actions/index.ts";
import { check } from "../check.ts";
import { invocations } from "../invocations/index.ts";
import type { InvocationType } from "../invocations/invocation-type.ts";

/** The faults of the voyage after a change of its workflow, by code and place in the document. */
function faultsAfter(change: (workflow: any, entity: any) => void): readonly string[] {
  const workflow = structuredClone(voyageWorkflow);
  const entity = structuredClone(voyageEntity);
  change(workflow, entity);
  return check([entity, workflow] as AnyDocument[]).map(
    ({ code, path }) => `${code} ${path.replace("/workflow/voyage", "")}`,
  );
}
const course = "/states/course/states";

test("the fixture is without fault", () => {
  expect(check(voyageDocuments)).toEqual([]);
});

describe.each(Object.entries<ActionType<any>>(actions))("the action %s", (type, { examples }) => {
  test.each(examples.invalid)("with %j is found where it stands", (params) => {
    const told = faultsAfter((it) => (it.states.course.states.sheltered.entry = [{ type, params }]));
    expect(told.filter((it) => it.startsWith(`workflow.params ${course}/sheltered/entry/0/params`))).not.toEqual([]);
  });
});

describe.each(Object.entries<InvocationType>(invocations))("what is invoked as %s", (name, { examples }) => {
  test.each(examples.invalid)("with %j is found where it stands", (input) => {
    const invoke = { id: "asked", src: name.replace(/:$/, ":voyage"), input };
    const told = faultsAfter((it) => (it.states.course.states.sheltered.invoke = invoke));
    expect(told.filter((it) => it.includes(` ${course}/sheltered/invoke/input`))).not.toEqual([]);
  });
});

test("what a history state leads to first is reached, and so are the regions beside what is", () => {
  const faults = faultsAfter((it) => {
    const { under_way, sheltered } = it.states.course.states;
    under_way.initial = "sailing";
    const parts = (key: string) => ({
      initial: key,
      states: { [key]: { tags: ["end"], meta: { id: `st_${key}`, title: key } } },
      meta: { id: `rg_${key}`, title: key },
    });
    sheltered.on["voyage.shelter"] = [{ target: "#st_ashore", meta: { id: "tr_ashore" } }];
    it.states.course.states.port = {
      type: "parallel",
      states: {
        crew: { ...parts("ashore"), meta: { id: "rg_crew", title: "Crew", main: true } },
        hull: parts("docked"),
      },
      meta: { id: "st_port", title: "Port" },
    };
  });
  expect(faults).toEqual([]);
});

test("waits that lead round in a day are no fault", () => {
  const faults = faultsAfter((it) => {
    const { loading } = it.states.course.states.under_way.states;
    loading.after.idle[0] = { target: "loading", reenter: true, meta: { id: "tr_daily" } };
    it.meta.delays.idle.duration = "P1D";
  });
  expect(faults).toEqual([]);
});

test("a circle of a short wait and what follows by itself is one only where no event ends it", () => {
  const round = (cel: string) =>
    faultsAfter((it) => {
      const { states } = it.states.course.states.under_way;
      it.context = { ...it.context, word: null };
      it.meta.delays.soon = { duration: "PT10S" };
      it.meta.events["voyage.word"] = { title: "Word", source: "user" };
      states.sailing.on = {
        ...states.sailing.on,
        "voyage.word": [{ actions: [{ type: "set", params: { values: { word: "yes" } } }], meta: { id: "tr_word" } }],
      };
      states.sailing.after = { soon: [{ target: "late", meta: { id: "tr_there" } }] };
      states.late.always = [{ target: "sailing", guard: { type: "expr", params: { cel } }, meta: { id: "tr_back" } }];
    }).filter((fault) => fault.startsWith("workflow.rush"));
  expect(round("context.word == null")).toEqual([]);
  expect(round("record.cargo > 3")).toEqual([`workflow.rush ${course}/under_way/states/sailing/after/soon/0/target`]);
});

test.each<[string, (workflow: any, entity: any) => void, string]>([
  [
    "a wait that is not declared",
    (it) => (it.states.course.states.under_way.states.loading.after = { idel: [{ meta: { id: "tr_x" } }] }),
    `workflow.delay ${course}/under_way/states/loading/after/idel`,
  ],
  [
    "a history state that asks for a field: nothing stands there",
    (it) => (it.states.course.states.under_way.states.back.meta.requires = ["cargo"]),
    `workflow.history ${course}/under_way/states/back`,
  ],
  [
    "a history state that leads out of what it remembers",
    (it) => (it.states.course.states.under_way.states.back.target = "#st_landed"),
    `workflow.history ${course}/under_way/states/back/target`,
  ],
  [
    "a history state that leads nowhere",
    (it) => (it.states.course.states.under_way.states.back.target = "loadign"),
    `workflow.history ${course}/under_way/states/back/target`,
  ],
  ["a wait of two kinds", (it) => (it.meta.delays.idle.until = "due_on"), "workflow.delay_form /meta/delays/idle"],
  [
    "a wait of months, which have no length",
    (it) => (it.meta.delays.idle.duration = "P1M"),
    "workflow.delay_form /meta/delays/idle/duration",
  ],
  [
    "a wait for a field that is not there",
    (it) => (it.meta.delays.overdue.until = "due"),
    "field.unknown /meta/delays/overdue/until",
  ],
  [
    "a wait for a field that holds no moment",
    (it) => (it.meta.delays.overdue.until = "cargo"),
    "workflow.delay_form /meta/delays/overdue/until",
  ],
  [
    "a wait for what is no moment",
    (it) => (it.meta.delays.idle = { at: { cel: "record.cargo + 1" } }),
    "workflow.delay_form /meta/delays/idle/at/cel",
  ],
  [
    "an action behind a wait that nobody knows",
    (it) => (it.states.course.states.under_way.states.loading.after.idle[0].actions[0].type = "remind"),
    `workflow.action ${course}/under_way/states/loading/after/idle/0/actions/0/type`,
  ],
  [
    "an action behind a wait with wrong parameters",
    (it) => delete it.states.course.states.under_way.states.loading.after.idle[0].actions[0].params.title,
    `workflow.params ${course}/under_way/states/loading/after/idle/0/actions/0/params`,
  ],
  [
    "waits that lead round in seconds",
    (it) => {
      const { states } = it.states.course.states.under_way;
      it.meta.delays.soon = { duration: "PT10S" };
      states.sailing.after = { soon: [{ target: "late", meta: { id: "tr_there" } }] };
      states.late.after = { soon: [{ target: "sailing", meta: { id: "tr_back" } }] };
    },
    `workflow.rush ${course}/under_way/states/sailing/after/soon/0/target`,
  ],
  [
    "a wait for a day that may be past, and leads back to itself",
    (it) => {
      const { sailing } = it.states.course.states.under_way.states;
      sailing.after.overdue[0] = { target: "sailing", reenter: true, meta: { id: "tr_again" } };
    },
    `workflow.rush ${course}/under_way/states/sailing/after/overdue/0/target`,
  ],
  [
    "a transition into another region",
    (it) => (it.states.course.states.sheltered.on["voyage.resume"][0].target = "#st_cleared"),
    `workflow.crosses ${course}/sheltered/on/voyage.resume/0/target`,
  ],
  [
    "a transition of the whole into one of its regions",
    (it) => (it.on = { "voyage.land": [{ target: ".course.landed", meta: { id: "tr_root" } }] }),
    "workflow.crosses /on/voyage.land/0/target",
  ],
  ["regions of which none is the main one", (it) => delete it.states.course.meta.main, "workflow.regions /states"],
  [
    "a region that holds no states",
    (it) => (it.states.watch = { meta: { id: "rg_watch", title: "Watch" } }),
    "workflow.regions /states/watch",
  ],
  [
    "a final state in the main region",
    (it) => (it.states.course.states.landed.type = "final"),
    `workflow.final ${course}/landed/type`,
  ],
  [
    "a history state with transitions",
    (it) => (it.states.course.states.under_way.states.back.on = { "voyage.sail": [{ meta: { id: "tr_x" } }] }),
    `workflow.history ${course}/under_way/states/back`,
  ],
  [
    "a transition into a history state from inside of what it remembers",
    (it) => (it.states.course.states.under_way.states.late.on["voyage.land"][0].target = "back"),
    `workflow.history ${course}/under_way/states/late/on/voyage.land/0/target`,
  ],
  [
    "a history state among regions",
    (it) => {
      const node = (key: string, more: object = {}) => ({ meta: { id: `st_${key}`, title: key }, ...more });
      const region = (key: string) => ({ initial: key, states: { [key]: node(key) }, ...node(`${key}_region`) });
      const back = node("door", { type: "history", history: "deep", target: "one_region" });
      const { sheltered } = it.states.course.states;
      Object.assign(sheltered, { type: "parallel", states: { one_region: region("one"), two: region("two"), back } });
      it.states.course.states.under_way.on["voyage.shelter"][0].target = "sheltered.back";
    },
    `workflow.regions ${course}/sheltered/states/back`,
  ],
  [
    "an initial state that is a history state",
    (it) => (it.states.course.states.under_way.initial = "back"),
    `workflow.initial ${course}/under_way/initial`,
  ],
  [
    "a compound state that holds none",
    (it) => (it.states.course.states.sheltered.type = "compound"),
    `workflow.kind ${course}/sheltered/type`,
  ],
  [
    "a state field of a region that is not there",
    (_, it) => (it.properties.customs.region = "custom"),
    "state.region /entity/voyage/properties/customs/region",
  ],
  [
    "two state fields of one region",
    (_, it) => delete it.properties.customs.region,
    "state.second /entity/voyage/properties/customs/workflow",
  ],
])("%s is refused before it is published", (_, change, fault) => {
  expect(faultsAfter(change)).toContain(fault);
});
