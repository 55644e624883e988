/** Where a problem lies and what would mend it. `path` is a JSON Pointer into what the caller sent. */
export interface Place {
  readonly path?: string;
  readonly hint?: string;
}

interface Known {
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 416 | 422 | 428 | 429 | 503;
  readonly detail: (at: any) => string;
}

/** Every problem that the product knows: `<thing>.<fault>`, its HTTP status and its sentence. */
const known = {
  "live.position": { status: 400, detail: () => "This is no place in the order of events. Leave it out." },
  "live.too_many": {
    status: 429,
    detail: (at: { most: number }) => `${at.most} open connections are too many for one person. Close some.`,
  },
  "entity.unknown": { status: 404, detail: (at: { entity: string }) => `There is no entity "${at.entity}".` },
  "field.unknown": {
    status: 400,
    detail: (at: { entity: string; field: string }) => `"${at.entity}" has no field "${at.field}".`,
  },
  "field.read_only": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" is not written by hand.`,
  },
  "record.malformed": {
    status: 422,
    detail: (at: { entity: string }) => `A record of "${at.entity}" is a JSON object.`,
  },
  "value.missing": { status: 422, detail: (at: { title: string }) => `"${at.title}" must not be empty.` },
  "value.invalid": {
    status: 422,
    detail: (at: { title: string; wanted: string }) => `"${at.title}" ${at.wanted}.`,
  },
  "value.not_offered": {
    status: 422,
    detail: (at: { title: string; choices: string }) =>
      at.choices === ""
        ? `"${at.title}" takes none of its choices here.`
        : `"${at.title}" takes one of these here: ${at.choices}.`,
  },
  "value.hidden": {
    status: 422,
    detail: (at: { title: string }) => `"${at.title}" has no value here: the record does not show it.`,
  },
  "document.malformed": { status: 422, detail: (at: { wanted: string }) => `This ${at.wanted}.` },
  "document.kind_unknown": {
    status: 422,
    detail: (at: { kind: string }) => `There is no kind of document "${at.kind}".`,
  },
  "document.missing": {
    status: 404,
    detail: (at: { kind: string; name: string }) => `There is no ${at.kind} "${at.name}".`,
  },
  "document.misplaced": {
    status: 422,
    detail: (at: { name: string }) => `The document says it is "${at.name}", its address says something else.`,
  },
  "name.taken": { status: 422, detail: (at: { name: string }) => `The name "${at.name}" is taken.` },
  "name.reserved": { status: 422, detail: (at: { name: string }) => `The name "${at.name}" is the engine's own.` },
  "name.too_long": { status: 422, detail: (at: { name: string }) => `The name "${at.name}" has more than 40 signs.` },
  "anchor.taken": {
    status: 422,
    detail: (at: { anchor: string; by: string }) => `The anchor "${at.anchor}" belongs to ${at.by} already.`,
  },
  "entity.too_wide": {
    status: 422,
    detail: (at: { fields: number }) => `${at.fields} fields are too many; 500 will do.`,
  },
  "field_type.unknown": { status: 422, detail: (at: { type: string }) => `There is no field type "${at.type}".` },
  "keyword.unknown": {
    status: 422,
    detail: (at: { keyword: string; type: string }) => `A field of type "${at.type}" knows no "${at.keyword}".`,
  },
  "document.entity_unknown": { status: 422, detail: (at: { entity: string }) => `There is no entity "${at.entity}".` },
  "document.field_unknown": {
    status: 422,
    detail: (at: { entity: string; field: string }) => `"${at.entity}" has no field "${at.field}".`,
  },
  "document.list_unknown": {
    status: 422,
    detail: (at: { entity: string; list: string }) => `"${at.entity}" has no list "${at.list}".`,
  },
  "document.finds_none": {
    status: 422,
    detail: (at: { entity: string }) =>
      `The condition finds no "${at.entity}" that could be offered: one of its parts has to be \`any\` over a list of them.`,
  },
  "document.event_unknown": {
    status: 422,
    detail: (at: { entity: string; event: string }) => `"${at.entity}" has no event "${at.event}".`,
  },
  "anchor.fixed": {
    status: 422,
    detail: (at: { anchor: string }) => `"${at.anchor}" is not the anchor of this entity of the engine.`,
  },
  "state.second": {
    status: 422,
    detail: (at: { field: string }) => `A record goes through one workflow; "${at.field}" would be the second.`,
  },
  "inverse.taken": {
    status: 422,
    detail: (at: { list: string; entity: string }) => `"${at.entity}" has a "${at.list}" already.`,
  },
  "activity.about": { status: 422, detail: (at: { field: string }) => `"${at.field}" points at no record.` },
  "activity.at": { status: 422, detail: (at: { field: string }) => `"${at.field}" is no date and no moment.` },
  "document.part_unknown": {
    status: 404,
    detail: (at: { name: string; at: string }) => `"${at.name}" has nothing that is called "${at.at}".`,
  },
  "rename.captured": {
    status: 422,
    detail: () => "By the new names, something else would be meant here: the name is taken in this expression already.",
  },
  "rollup.value": {
    status: 422,
    detail: (at: { measure: string }) => `A roll-up by "${at.measure}" needs a value.`,
  },
  "rollup.currency": {
    status: 422,
    detail: () => "What has no rate is counted by the currency of its value: this needs one.",
  },
  "rollup.result": { status: 422, detail: (at: { measure: string }) => `A "${at.measure}" is a number.` },
  "rollup.reaches": {
    status: 422,
    detail: (at: { reached: string }) =>
      `A roll-up is kept by the writes of its records, and "${at.reached}" changes without one.`,
  },
  "value_set.unknown": { status: 422, detail: (at: { name: string }) => `There is no value set "${at.name}".` },
  "state.region": {
    status: 422,
    detail: (at: { region: string; workflow: string }) => `"${at.workflow}" has no region "${at.region}" of that kind.`,
  },
  "translation.unknown": {
    status: 422,
    detail: (at: { address: string; key: string }) => `There is no ${at.key} of "${at.address}" to be translated.`,
  },
  "workflow.unknown": { status: 422, detail: (at: { name: string }) => `There is no workflow "${at.name}".` },
  "workflow.foreign": {
    status: 422,
    detail: (at: { workflow: string; entity: string }) => `The workflow "${at.workflow}" is made for "${at.entity}".`,
  },
  "field.always_hidden": {
    status: 422,
    detail: (at: { title: string }) =>
      `"${at.title}" is always required, so it cannot be hidden. Ask for it by a condition instead.`,
  },
  "field.never_asked": {
    status: 422,
    detail: (at: { title: string }) => `"${at.title}" is not written by hand, so nobody can be asked for it.`,
  },
  "offers.no_choices": {
    status: 422,
    detail: (at: { type: string }) => `A field of type "${at.type}" has no choices of which some could be offered.`,
  },
  "owned.several": { status: 422, detail: () => "A record is part of one other: `to` names one entity here." },
  "owned.circle": {
    status: 422,
    detail: () => "Records would be parts of themselves, by this reference and those above.",
  },
  "choices.missing": { status: 422, detail: () => "Choices are given by `choices` or by `value_set`, one of the two." },
  "choices.taken": { status: 422, detail: (at: { value: string }) => `The choice "${at.value}" stands here twice.` },
  "default.invalid": { status: 422, detail: (at: { wanted: string }) => `The default ${at.wanted}.` },
  "bounds.crossed": { status: 422, detail: () => "The minimum is above the maximum." },
  "unique.unfit": { status: 422, detail: (at: { type: string }) => `Values of type "${at.type}" cannot be unique.` },
  "formula.reaches": {
    status: 422,
    detail: (at: { reached: string }) =>
      `A formula uses fields of its own record; "${at.reached}" belongs to another one.`,
  },
  "formula.cycle": {
    status: 422,
    detail: (at: { cycle: string }) => `The formulas go round in a circle: ${at.cycle}.`,
  },
  "publish.empty": {
    status: 422,
    detail: (at: { entity: string; field: string; n: number }) =>
      `"${at.field}" of "${at.entity}" cannot be asked for: ${at.n} records leave it empty.`,
  },
  "publish.doubles": {
    status: 422,
    detail: (at: { entity: string; fields: string; n: number }) =>
      `"${at.fields}" of "${at.entity}" cannot be unique: ${at.n} values stand more than once.`,
  },
  "publish.runs_stand": {
    status: 422,
    detail: (at: { workflow: string; state: string; n: number }) =>
      `${at.n} records stand in the state "${at.state}" of "${at.workflow}", which is to go.`,
  },
  "publish.runs_keep": {
    status: 422,
    detail: (at: { n: number; workflow: string; why: string }) =>
      `${at.n} runs stay with an earlier version of "${at.workflow}", which would not hold any more: ${at.why} Move them along, or leave what they use.`,
  },
  "publish.overtaken": {
    status: 409,
    detail: (at: { version: number }) => `Somebody else has published version ${at.version} meanwhile; plan again.`,
  },
  "change.needed": {
    status: 422,
    detail: () => "A document is written into a change; begin one and name it by `?change=`.",
  },
  "change.missing": { status: 404, detail: () => "There is no such change." },
  "change.closed": { status: 409, detail: (at: { status: string }) => `The change is ${at.status} and takes no more.` },
  "change.empty": {
    status: 422,
    detail: () => "The change holds no draft and moves no runs, so there is nothing to publish.",
  },
  "mapping.malformed": {
    status: 422,
    detail: () => "A mapping is an object that says for each old value the new one, or null.",
  },
  "mapping.unknown": {
    status: 422,
    detail: (at: { address: string }) => `No field and no workflow has the address "${at.address}".`,
  },
  "mapping.value": { status: 422, detail: (at: { value: string }) => `"${at.value}" is none of the new choices.` },
  "mapping.runs": {
    status: 422,
    detail: (at: { value: string }) => `"${at.value}" is nothing that becomes of runs: they "move", or stay (null).`,
  },
  "mapping.wait": {
    status: 422,
    detail: (at: { key: string }) =>
      `"${at.key}" names no wait of the workflow, or says something else than "follow" or null of it.`,
  },
  "publish.choices_stand": {
    status: 422,
    detail: (at: { entity: string; field: string; value: string; n: number }) =>
      `${at.n} records of "${at.entity}" hold "${at.value}" as "${at.field}", which is to go; say what becomes of it.`,
  },
  "publish.dangling": {
    status: 422,
    detail: (at: { entity: string; field: string; n: number }) =>
      `"${at.field}" of "${at.entity}" points at ${at.n} records that are not there any more.`,
  },
  "publish.running": {
    status: 409,
    detail: () => "Another publish works on the same entities. Wait until it has finished, or cancel it.",
  },
  "publish.cancelled": { status: 409, detail: () => "The publish was cancelled; nothing was changed." },
  "publish.ended": {
    status: 409,
    detail: () => "The process that published has ended before the switch; nothing was changed.",
  },
  "undo.needs_mapping": {
    status: 409,
    detail: (at: { n: number; value: string; of: string }) =>
      `${at.n} records stand at "${at.value}" of ${at.of}, which the undo takes away; say what becomes of them.`,
  },
  "undo.runs_moved": {
    status: 409,
    detail: (at: { version: number }) =>
      `Version ${at.version} changed no document, and of the runs that it moved none stands as it left it.`,
  },
  "version.missing": { status: 404, detail: (at: { version: number }) => `There is no version ${at.version}.` },
  "version.needed": {
    status: 409,
    detail: (at: { version: number; by: string }) =>
      `Version ${at.version} cannot be undone: ${at.by} changed the same since.`,
  },
  "template.missing": { status: 404, detail: (at: { name: string }) => `There is no template "${at.name}".` },
  "template.older": {
    status: 409,
    detail: (at: { name: string; installed: string }) =>
      `Version ${at.installed} of "${at.name}" is installed, which is newer.`,
  },
  "template.conflict": {
    status: 409,
    detail: (at: { kind: string; name: string }) =>
      `The ${at.kind} "${at.name}" of this workspace stands in the way: rename it or adopt it.`,
  },
  "template.need": {
    status: 422,
    detail: (at: { name: string; needs: string; range: string }) => `"${at.name}" needs "${at.needs}" ${at.range}.`,
  },
  "test.failed": {
    status: 422,
    detail: (at: { title: string; why: string }) => `The test "${at.title}" does not come true: ${at.why}.`,
  },
  "test.record_unknown": {
    status: 422,
    detail: (at: { name: string }) => `The test knows no record "${at.name}".`,
  },
  "template.decision": {
    status: 422,
    detail: () => "There is no such conflict to decide; plan again.",
  },
  "template.needed": {
    status: 409,
    detail: (at: { name: string; by: string }) => `"${at.name}" cannot go: ${at.by} needs it.`,
  },
  "template.absent": { status: 409, detail: (at: { name: string }) => `"${at.name}" is not installed.` },
  "package.malformed": { status: 422, detail: (at: { why: string }) => `The package ${at.why}.` },
  "package.file": {
    status: 422,
    detail: (at: { file: string; why: string }) => `The file "${at.file}" of the package ${at.why}.`,
  },
  "template.malformed": {
    status: 422,
    detail: (at: { name: string; file: string }) => `The file ${at.file} of the template "${at.name}" cannot be read.`,
  },
  "record.stale": {
    status: 412,
    detail: (at: { version: number }) =>
      `The record has changed since it was read: it is at version ${at.version} now.`,
  },
  "record.version_wanted": {
    status: 428,
    detail: () => "If-Match, or `version` in a list, must say which version of the record is meant.",
  },
  "record.duplicate": {
    status: 409,
    detail: (at: { fields: string }) => `Another record has the same ${at.fields}.`,
  },
  "record.alike": {
    status: 409,
    detail: (at: { entity: string; ask: boolean }) =>
      `There is a record of "${at.entity}" that is alike already.${at.ask ? " It is stored all the same with a reason, given as `despite`." : ""}`,
  },
  "record.guessed": {
    status: 429,
    detail: () => "Too many records were alike to some that you may not see. Try again in an hour.",
  },
  "despite.malformed": { status: 400, detail: () => "A reason is a text of 1 to 500 signs." },
  "pair.missing": { status: 404, detail: () => "There is no such pair of records." },
  "pair.value": { status: 422, detail: (at: { wanted: string }) => `What is wanted here: ${at.wanted}.` },
  "duplicate_rule.field": {
    status: 422,
    detail: (at: { title: string; by: string }) => `Values of "${at.title}" cannot be compared by "${at.by}".`,
  },
  "duplicate_rule.twice": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" is compared already; alternatives are rules of their own.`,
  },
  "duplicate_rule.where": {
    status: 422,
    detail: () => "Which records can be alike is told by fields of the record itself, and not by who asks or when.",
  },
  "record.referenced": {
    status: 409,
    detail: (at: { entity?: string; field?: string }) =>
      at.entity === undefined
        ? "Records that you cannot see still need this one."
        : `Records of "${at.entity}" still need this one as "${at.field}".`,
  },
  "record.not_trashed": { status: 409, detail: () => "The record is not in the trash." },
  "records.too_many": {
    status: 413,
    detail: (at: { most: number }) => `One request writes ${at.most} records at most.`,
  },
  "view.missing": { status: 404, detail: () => "There is no such saved view." },
  "view.not_yours": { status: 403, detail: () => "Only whoever saved this view may change it." },
  "view.too_many": {
    status: 422,
    detail: (at: { most: number }) => `${at.most} saved views are enough for one person.`,
  },
  "records.twice": { status: 422, detail: () => "The same record stands here twice." },
  "form.malformed": { status: 422, detail: (at: { wanted: string }) => `A form needs ${at.wanted}.` },
  "bulk.malformed": { status: 422, detail: (at: { wanted: string }) => `A bulk change needs ${at.wanted}.` },
  "bulk.too_many": {
    status: 413,
    detail: (at: { most: number }) => `More than ${at.most} records are meant. Narrow the filter and go in parts.`,
  },
  "bulk.moved": {
    status: 409,
    detail: (at: { expected: number; found: number }) =>
      `${at.found} records are meant now, ${at.expected} were when it was looked at. Look again.`,
  },
  "presence.tab": { status: 422, detail: () => "A tab has a name of 8 to 40 letters, digits and hyphens." },
  "presence.too_many": {
    status: 429,
    detail: (at: { most: number }) => `One person looks at records with ${at.most} tabs at most.`,
  },
  "reference.ambiguous": {
    status: 422,
    detail: (at: { entity: string }) => `Several records of "${at.entity}" fit this.`,
  },
  "reference.entity": { status: 422, detail: () => "A reference to several entities says by `entity` which it means." },
  "reference.match": {
    status: 422,
    detail: (at: { most: number }) => `A record is told apart by up to ${at.most} of its fields and their values.`,
  },
  "list.malformed": { status: 422, detail: (at: { list: string }) => `"${at.list}" is a list of records.` },
  "list.too_deep": {
    status: 422,
    detail: (at: { most: number }) => `Records stand in each other ${at.most} deep at most.`,
  },
  "list.reference": {
    status: 422,
    detail: (at: { field: string }) =>
      `A record in a list points at the one that it stands in; "${at.field}" is not given.`,
  },
  "upsert.not_unique": {
    status: 422,
    detail: (at: { field: string }) =>
      `"${at.field}" does not tell records apart: only a field whose values are unique can name the one that is meant.`,
  },
  "upsert.value": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" is what the address of the request names, and nothing else.`,
  },
  "reference.missing": {
    status: 422,
    detail: (at: { entity: string }) => `This names no record of "${at.entity}" that you can see.`,
  },
  "sharing.off": {
    status: 422,
    detail: (at: { entity: string }) =>
      `Records of "${at.entity}" are not shared one by one: the entity does not say \`sharing\`.`,
  },
  "sharing.value": { status: 422, detail: (at: { wanted: string }) => `What is shared needs ${at.wanted}.` },
  "sharing.forbidden": {
    status: 422,
    detail: (at: { entity: string }) =>
      `This record of "${at.entity}" is not to be shared with them: a role that they have forbids it.`,
  },
  "sharing.missing": { status: 409, detail: () => "The record is not shared with this person or team." },
  "sharing.too_many": {
    status: 422,
    detail: (at: { most: number }) =>
      `A record is shared with at most ${at.most} people and teams. Make a team of them.`,
  },
  "delegation.value": { status: 422, detail: (at: { wanted: string }) => `Who acts in your place needs ${at.wanted}.` },
  "delegation.missing": { status: 409, detail: () => "You have given nobody this right to act for you." },
  "delegation.too_many": {
    status: 422,
    detail: (at: { most: number }) => `At most ${at.most} people may act for you. Take one back first.`,
  },
  "delegation.none": {
    status: 403,
    detail: () => "This person does not let you act for her, or not now.",
  },
  "asker.gone": {
    status: 403,
    detail: () => "Whoever asked for this is not active any more, or acts for somebody no longer.",
  },
  "delegation.records_only": {
    status: 403,
    detail: () => "Who acts for another works with her records; this needs the person herself.",
  },
  "rule.broken": { status: 422, detail: (at: { message: string }) => at.message },
  "operation.missing": { status: 404, detail: () => "There is no such operation." },
  "operation.undone": { status: 409, detail: () => "The operation is undone already." },
  "operation.running": { status: 409, detail: () => "The operation is not finished yet." },
  "operation.empty": { status: 409, detail: () => "The operation has changed no record, so there is nothing to undo." },
  "model.changed": { status: 503, detail: () => "The model has just changed. Please try again." },
  "idempotency.in_flight": { status: 409, detail: () => "A request with this key is being worked on." },
  "idempotency.reused": { status: 422, detail: () => "This key has been used for another request." },
  "idempotency.malformed": { status: 400, detail: () => "An idempotency key has 1 to 200 printable signs of ASCII." },
  "record.missing": { status: 404, detail: (at: { entity: string }) => `There is no such record of "${at.entity}".` },
  "csv.empty": { status: 422, detail: () => "The file has no head and no rows." },
  "csv.malformed": {
    status: 422,
    detail: (at: { line: number; fault: string }) => `The file cannot be read from line ${at.line} on: ${at.fault}`,
  },
  "csv.column_twice": {
    status: 422,
    detail: (at: { column: string }) => `The column "${at.column}" stands in the head twice.`,
  },
  "csv.encoding_unknown": {
    status: 422,
    detail: (at: { encoding: string }) => `There is no encoding "${at.encoding}".`,
  },
  "file.too_large": {
    status: 413,
    detail: (at: { bytesMax: number }) => `A file may have ${Math.floor(at.bytesMax / 1_000_000)} MB at most.`,
  },
  "file.too_many": {
    status: 422,
    detail: (at: { most: number }) => `A record has ${at.most} files at most. Take one away first.`,
  },
  "file.not_attached": { status: 409, detail: () => "No such file hangs on this record." },
  "file.range": { status: 416, detail: (at: { bytes: number }) => `The file has ${at.bytes} bytes, not these.` },
  "file.missing": { status: 404, detail: () => "There is no such file." },
  "import.missing": { status: 404, detail: () => "There is no such import." },
  "import.plan_malformed": { status: 422, detail: (at: { wanted: string }) => `The plan wants ${at.wanted} here.` },
  "import.match_unmapped": {
    status: 422,
    detail: (at: { field: string }) => `Rows are matched by "${at.field}", but no column goes there.`,
  },
  "import.column_missing": {
    status: 422,
    detail: (at: { column: string }) => `The file has no column "${at.column}".`,
  },
  "import.not_ready": {
    status: 409,
    detail: (at: { status: string }) => `The import is ${at.status}; it runs from a rehearsal only.`,
  },
  "auth.needed": { status: 401, detail: () => "Sign in first." },
  "auth.origin": { status: 403, detail: () => "The request does not come from a page of this product." },
  "auth.wrong": { status: 401, detail: () => "This e-mail address and this password do not belong together." },
  "auth.malformed": { status: 400, detail: () => "This is not what signing in is asked with." },
  "auth.too_many_tries": { status: 429, detail: () => "Too many tries. Wait a quarter of an hour." },
  "auth.password": { status: 422, detail: () => "This is not your password." },
  "factor.wrong": { status: 422, detail: () => "This code is not right, or was used already. Take the next one." },
  "factor.challenge": {
    status: 401,
    detail: () => "This code was asked for too long ago or too often. Begin again with your password.",
  },
  "factor.on": { status: 409, detail: () => "The second factor is on already. Turn it off first." },
  "factor.off": { status: 409, detail: () => "There is no second factor to be changed." },
  "factor.own": {
    status: 422,
    detail: () => "Your own second factor you turn off yourself, with your password and a code.",
  },
  "account.taken": { status: 422, detail: (at: { email: string }) => `Somebody signs in as ${at.email} already.` },
  "account.email": { status: 422, detail: () => "This is no e-mail address." },
  "account.password": {
    status: 422,
    detail: (at: { min: number; max: number }) => `A password has ${at.min} to ${at.max} characters.`,
  },
  "account.none": { status: 422, detail: () => "To sign in, a user needs an e-mail address and a password." },
  "key.missing": { status: 404, detail: () => "There is no such key." },
  "role.unknown": { status: 422, detail: (at: { role: string }) => `There is no role "${at.role}".` },
  "setup.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "setup.done": { status: 409, detail: () => "This installation has been set up already." },
  "setup.token": {
    status: 403,
    detail: () => "From another machine, the set-up needs the token that the server printed.",
  },
  "workspace.unknown": { status: 404, detail: (at: { name: string }) => `There is no workspace "${at.name}".` },
  "calendar.unknown": { status: 422, detail: (at: { calendar: string }) => `There is no calendar "${at.calendar}".` },
  "calendar.zone": { status: 422, detail: (at: { zone: string }) => `There is no time zone "${at.zone}".` },
  "calendar.closed": { status: 422, detail: () => "A week must open on one of its days at least." },
  "calendar.span": {
    status: 422,
    detail: (at: { span: string }) =>
      `${at.span} ends before it begins. Night hours are two spans, up to 24:00 and from 00:00.`,
  },
  "calendar.overlap": {
    status: 422,
    detail: (at: { span: string }) => `${at.span} begins before the span in front of it has ended.`,
  },
  "sla.field": {
    status: 422,
    detail: (at: { field: string; holds: "moment" | "status" }) =>
      at.holds === "moment"
        ? `"${at.field}" cannot show when a clock is over: that takes a read-only date and time.`
        : `"${at.field}" cannot show how a clock stands: that takes a read-only choice of running, paused, met, breached and cancelled.`,
  },
  "sla.tells": { status: 422, detail: (at: { field: string }) => `"${at.field}" does not say who is to be told.` },
  "sla.clock": { status: 422, detail: (at: { clock: string }) => `There is no clock "${at.clock}" before this.` },
  "sla.promise": {
    status: 422,
    detail: (at: { promise: string }) =>
      `"${at.promise}" is no promise: write open hours as PT4H or working days as P3D, and not both in one.`,
  },
  "queue.nobody": { status: 422, detail: () => "A queue needs a team or a role whose people work in it." },
  "queue.unknown": { status: 404, detail: (at: { queue: string }) => `There is no queue "${at.queue}".` },
  "queue.not_yours": { status: 409, detail: () => "This was not offered to you, or not any more." },
  "agent.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "holidays.place": {
    status: 404,
    detail: (at: { place: string }) => `No holidays of "${at.place}" are known.`,
  },
  "holidays.year": { status: 422, detail: () => "Holidays are known from 1970 to 2100." },
  "connection.url": { status: 422, detail: () => "This is no address." },
  "connection.called": {
    status: 422,
    detail: () => "A connection that workflows call, or that mails leave by, is told of nothing by itself.",
  },
  "connection.mailless": { status: 409, detail: () => "No mail leaves by this connection." },
  "connection.sender": { status: 422, detail: () => "A connection that mails leave by says who sends them." },
  "connection.missing": { status: 404, detail: (at: { name: string }) => `There is no connection "${at.name}".` },
  "connection.unbound": {
    status: 409,
    detail: () => "Nobody has said yet with whose rights this works, so it has no secret either.",
  },
  "connection.owner": { status: 422, detail: () => "This wants the id of a user who is active." },
  "connection.secret": {
    status: 422,
    detail: () => 'A secret is "whsec_" and 24 to 64 bytes in base64.',
  },
  "connection.token": {
    status: 422,
    detail: () => "A secret that goes along in a header is 1 to 2,000 visible signs of ASCII.",
  },
  "connection.header": {
    status: 422,
    detail: (at: { header: string }) =>
      `"${at.header}" is written by the engine itself: a secret goes in another header.`,
  },
  "connection.secret_given": {
    status: 409,
    detail: () => "The secret of a connection that workflows call comes from the other side: give it as `secret`.",
  },
  "connection.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "incident.missing": { status: 404, detail: () => "There is no such incident." },
  "incident.closed": { status: 409, detail: () => "Somebody has closed this incident already." },
  "incident.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "mail.missing": { status: 404, detail: () => "There is no such mail." },
  "mail.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "sending.missing": { status: 404, detail: () => "There is no such sending." },
  "sending.ended": { status: 409, detail: () => "What came of this sending is known already." },
  "message.to": {
    status: 422,
    detail: (at: { entity: string }) => `"${at.entity}" has no such field with an address of a mail.`,
  },
  "message.lacks": {
    status: 422,
    detail: (at: { block: string; member: string }) => `A block of type "${at.block}" wants "${at.member}".`,
  },
  "message.twice": { status: 422, detail: (at: { block: string }) => `Two blocks are called "${at.block}".` },
  "message.malformed": {
    status: 422,
    detail: (at: { text: string }) =>
      `"${at.text}" names no value: {{ name }}, {{ company.name }} or {{ name | default: "you" }} does.`,
  },
  "message.variable": {
    status: 422,
    detail: (at: { name: string }) => `"${at.name}" is nothing that a text can show.`,
  },
  "message.link": {
    status: 422,
    detail: (at: { name: string }) => `"${at.name}" is there for messages with a purpose alone.`,
  },
  "message.url": { status: 422, detail: () => "This is no address that begins with https://, mailto: or tel:." },
  "message.speaks": {
    status: 422,
    detail: (at: { named: string }) => `"${at.named}" tells no language: a text or a choice does.`,
  },
  "message.zone": {
    status: 422,
    detail: (at: { named: string }) => `"${at.named}" tells no time zone: a text or a choice does.`,
  },
  "message.language": {
    status: 422,
    detail: (at: { language: string }) => `"${at.language}" is none of the other languages of this message.`,
  },
  "message.missing": { status: 404, detail: (at: { name: string }) => `There is no message "${at.name}".` },
  "message.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "mail.address": { status: 422, detail: () => "This is no address that a mail can go to." },
  "delivery.missing": { status: 404, detail: () => "There is no such delivery." },
  "delivery.waiting": { status: 409, detail: () => "This delivery waits to be sent already." },
  "mailbox.field": {
    status: 422,
    detail: (at: { field: string; wanted: string }) => `"${at.field}" does not fit here: ${at.wanted} is wanted.`,
  },
  "mailbox.sender": {
    status: 422,
    detail: () => "Whose fields are meant is not said: `fields.sender` names the reference to whoever writes.",
  },
  "mailbox.folder": {
    status: 422,
    detail: () => "`move` names the folder that mails go to, another one than they come from; nothing else names one.",
  },
  "mailbox.address": {
    status: 422,
    detail: (at: { address: string; other: string }) => `"${at.address}" is the address of "${at.other}" already.`,
  },
  "conversation.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "conversation.nobody": {
    status: 422,
    detail: () => "There is nobody to answer: no mail has come, and no address is known. Name one in `to`.",
  },
  "conversation.snippet": { status: 404, detail: () => "There is no such snippet for these records." },
  "conversation.mention": { status: 422, detail: () => "Only who sees the record can be mentioned in its notes." },
  "merge.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "merge.many": {
    status: 409,
    detail: (at: { most: number }) => `More than ${at.most} records point at these; they are not moved in one go.`,
  },
  "merge.itself": { status: 422, detail: () => "A record is joined into another one, not into itself." },
  "mailbox.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "mailbox.missing": { status: 404, detail: (at: { name: string }) => `There is no mailbox "${at.name}".` },
  "mail.unreadable": { status: 422, detail: () => "This is no mail that can be read." },
  "mail.too_large": {
    status: 413,
    detail: (at: { bytesMax: number }) => `A mail may weigh ${at.bytesMax / 1_000_000} MB at most.`,
  },
  "mail.type": {
    status: 415,
    detail: (at: { type: string }) => `A mail (message/rfc822) is wanted, not "${at.type}".`,
  },
  "template.extends": {
    status: 422,
    detail: (at: { kind: string; name: string }) => `There is no ${at.kind} "${at.name}" to extend.`,
  },
  "conversion.name": { status: 422, detail: (at: { name: string }) => `"${at.name}" is made already.` },
  "conversion.made_unknown": {
    status: 422,
    detail: (at: { name: string }) => `Nothing of the name "${at.name}" is made before it.`,
  },
  "conversion.points": {
    status: 422,
    detail: (at: { field: string; entity: string }) => `"${at.field}" does not point at records of "${at.entity}".`,
  },
  "conversion.match": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" finds no record: it must be a text that is written by hand.`,
  },
  "conversion.unknown": {
    status: 404,
    detail: (at: { conversion: string }) => `There is no conversion "${at.conversion}" of these records.`,
  },
  "conversion.malformed": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "conversion.refused": { status: 409, detail: () => "This record cannot be converted as it stands." },
  "conversion.done": { status: 409, detail: () => "This record has been converted already." },
  "conversion.chosen": {
    status: 409,
    detail: (at: { name: string }) => `What was chosen as "${at.name}" is not among what was found.`,
  },
  "intake.match": {
    status: 422,
    detail: (at: { field: string }) =>
      `"${at.field}" finds no record: it must be a unique text that comes with what is posted.`,
  },
  "intake.key": {
    status: 422,
    detail: (at: { event: string }) =>
      `Runs wait for "${at.event}" by no key that comes from outside; or find its record by \`match\`.`,
  },
  "intake.keyless": { status: 422, detail: () => "The message says nothing there by which runs could wait for it." },
  "intake.match_needed": { status: 422, detail: () => "To find a record, a field must be named that it is found by." },
  "intake.event": { status: 422, detail: () => "An event is named where one is sent, and nowhere else." },
  "intake.unmatched": {
    status: 422,
    detail: (at: { field: string }) => `Nothing here says which record is meant: "${at.field}" must be a text.`,
  },
  "intake.unsigned": { status: 401, detail: () => "The message is not signed as is agreed, or not lately." },
  "intake.reused": { status: 409, detail: () => "Another message had this id." },
  "mcp.malformed": { status: 400, detail: (at: { wanted: string }) => `The message wants ${at.wanted}.` },
  "mcp.version": {
    status: 400,
    detail: (at: { versions: string }) => `This version of the protocol is not spoken here; these are: ${at.versions}.`,
  },
  "route.unknown": { status: 404, detail: (at: { path: string }) => `Nothing answers at ${at.path}.` },
  "body.type": { status: 415, detail: (at: { type: string }) => `JSON is wanted here, not "${at.type}".` },
  "body.malformed": { status: 400, detail: (at: { fault: string }) => `The body is not what is wanted: ${at.fault}.` },
  "body.name": { status: 400, detail: () => "This name cannot be used." },
  "body.too_deep": { status: 400, detail: (at: { depthMax: number }) => `Nested deeper than ${at.depthMax} levels.` },
  "body.too_large": {
    status: 413,
    detail: (at: { bytesMax: number }) => `A request may have ${Math.floor(at.bytesMax / 1_000_000)} MB at most.`,
  },
  "address.not_text": { status: 400, detail: () => "The address holds NUL." },
  "value.not_text": { status: 422, detail: () => "The text holds NUL or half a character." },
  "right.missing": {
    status: 403,
    detail: (at: { right: string }) => `Your roles do not give the right to ${at.right}.`,
  },
  "caller.crowded": {
    status: 429,
    detail: (at: { most: number }) => `${at.most} of your requests are waiting already. Send fewer at a time.`,
  },
  "server.crowded": { status: 503, detail: () => "Too many requests are waiting. Try again in a moment." },
  "request.too_slow": { status: 503, detail: () => "This took too long. Ask for less, or try again later." },
  "request.busy": { status: 503, detail: () => "Others are changing the same records. Try again." },
  "database.away": { status: 503, detail: () => "The database cannot be reached at the moment." },
  "database.full": { status: 503, detail: () => "There is no space left for what you wrote. Nothing was stored." },
  "expression.too_long": { status: 422, detail: (at: { max: number }) => `An expression has ${at.max} signs at most.` },
  "expression.too_deep": { status: 422, detail: (at: { max: number }) => `Nested deeper than ${at.max} levels.` },
  "expression.too_large": {
    status: 422,
    detail: (at: { max: number }) => `An expression has ${at.max} parts at most.`,
  },
  "expression.syntax": { status: 422, detail: (at: { fault: string }) => `The expression cannot be read: ${at.fault}` },
  "expression.unsupported": {
    status: 422,
    detail: (at: { what: string }) => `${at.what} is not part of the language.`,
  },
  "expression.no_member": { status: 422, detail: (at: { name: string }) => `Nothing here has a "${at.name}".` },
  "expression.no_list": { status: 422, detail: (at: { how: string }) => `"${at.how}" asks a list of related records.` },
  "expression.function": { status: 422, detail: (at: { name: string }) => `There is no function "${at.name}".` },
  "expression.arguments": { status: 422, detail: (at: { name: string }) => `"${at.name}" takes other arguments.` },
  "expression.type": {
    status: 422,
    detail: (at: { operator: string; types: string }) => `"${at.operator}" does not take ${at.types}.`,
  },
  "expression.result": {
    status: 422,
    detail: (at: { wanted: string; found: string }) => `The result must be ${at.wanted}, not ${at.found}.`,
  },
  "expression.literal": {
    status: 422,
    detail: (at: { text: string; wanted: string }) => `"${at.text}" is no ${at.wanted}.`,
  },
  "expression.choice": { status: 422, detail: (at: { value: string }) => `"${at.value}" is none of the choices.` },
  "query.unknown": { status: 400, detail: (at: { name: string }) => `A list takes no "${at.name}".` },
  "query.colours": {
    status: 400,
    detail: (at: { max: number }) => `Colours are a JSON array of ${at.max} conditions at most.`,
  },
  "query.limit": { status: 400, detail: (at: { max: number }) => `A page has 1 to ${at.max} records.` },
  "query.choice": { status: 400, detail: (at: { choices: string }) => `This takes one of: ${at.choices}.` },
  "query.sort": { status: 400, detail: (at: { text: string }) => `Records have no order by "${at.text}".` },
  "query.sort_too_long": { status: 400, detail: (at: { max: number }) => `An order has ${at.max} keys at most.` },
  "query.search_too_long": { status: 400, detail: (at: { max: number }) => `A search has ${at.max} signs at most.` },
  "query.search_words": {
    status: 400,
    detail: (at: { max: number }) => `A search has ${at.max} words at most; what is quoted is one.`,
  },
  "query.expand_too_deep": {
    status: 400,
    detail: (at: { max: number }) => `References expand ${at.max} hops at most.`,
  },
  "query.expand_too_many": {
    status: 400,
    detail: (at: { given: number; max: number }) =>
      `${at.given} expanded references are too many, ${at.max} go at once, those on the way counted. Ask for the others by themselves.`,
  },
  "cursor.stale": { status: 410, detail: () => "The list has changed since this page was read. Begin again." },
  "report.malformed": { status: 400, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "report.not_kept": {
    status: 400,
    detail: (at: { entity: string; field: string }) =>
      `What stood in "${at.field}" of "${at.entity}" at an earlier time is not told to you.`,
  },
  "report.too_many": {
    status: 400,
    detail: (at: { most: number }) => `There are more than ${at.most} purchases here: choose a period.`,
  },
  "report.measure": { status: 400, detail: (at: { text: string }) => `"${at.text}" is no measure.` },
  "event.unknown": { status: 400, detail: (at: { event: string }) => `There is no event "${at.event}" here.` },
  "case.unknown": {
    status: 409,
    detail: (at: { entity: string }) =>
      `This hangs on other records (${at.entity}) that are not known here as a run would find them.`,
  },
  "case.endless": {
    status: 422,
    detail: (at: { steps: number }) =>
      `A case makes more than ${at.steps} moves here: its waits lead round. Play a shorter span, or make the waits longer.`,
  },
  "event.refused": {
    status: 409,
    detail: (at: { event: string; why: string }) => at.why || `"${at.event}" is refused.`,
  },
  "event.malformed": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "state.unknown": { status: 422, detail: (at: { state: string }) => `There is no state "${at.state}".` },
  "run.failed": {
    status: 409,
    detail: (at: { workflow: string }) => `The workflow "${at.workflow}" does not come to rest.`,
  },
  "run.no_revision": {
    status: 404,
    detail: (at: { revision: string; last: number }) =>
      `This run has no revision ${at.revision}; its last one is ${at.last}.`,
  },
  "run.which": {
    status: 409,
    detail: (at: { event: string }) => `Several runs of this record wait for "${at.event}". Say by \`run\` which.`,
  },
  "run.running": {
    status: 409,
    detail: (at: { workflow: string }) => `"${at.workflow}" is running on this record already.`,
  },
  "run.again": {
    status: 409,
    detail: (at: { workflow: string; from: string | null }) =>
      at.from === null
        ? `This record has been through "${at.workflow}", which it goes through once.`
        : `This record may begin "${at.workflow}" again from ${at.from} on.`,
  },
  "run.circle": {
    status: 409,
    detail: (at: { workflow: string; most: number }) =>
      `"${at.workflow}" and what it changes set each other off, more than ${at.most} times in one go.`,
  },
  "run.too_deep": {
    status: 409,
    detail: (at: { most: number }) => `Processes that begin processes go ${at.most} deep at most.`,
  },
  "run.too_far": {
    status: 409,
    detail: (at: { most: number; entity: string }) =>
      `What follows from one change goes ${at.most} records far at most; a workflow would make yet another "${at.entity}".`,
  },
  "run.too_long": {
    status: 409,
    detail: (at: { most: number }) => `One step would move ${at.most} runs and more.`,
  },
  "run.missing": { status: 409, detail: () => "This record has no run of a workflow." },
  "task.missing": { status: 404, detail: () => "There is no such task." },
  "task.closed": {
    status: 409,
    detail: (at: { status: string }) => `The task is ${at.status} already.`,
  },
  "task.taken": { status: 409, detail: (at: { by: string }) => `${at.by} has taken this task.` },
  "task.not_yours": {
    status: 403,
    detail: (at: { act: string }) => `Only whoever the task waits for may ${at.act} it.`,
  },
  "task.value": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "workflow.target": {
    status: 422,
    detail: (at: { target: string }) => `No state "${at.target}" can be reached from here.`,
  },
  "workflow.unreachable": { status: 422, detail: (at: { state: string }) => `Nothing leads to "${at.state}".` },
  "workflow.dead_end": {
    status: 422,
    detail: (at: { state: string }) => `Nothing leads out of "${at.state}", and it is no end.`,
  },
  "workflow.loop": {
    status: 422,
    detail: (at: { states: string }) => `The automatic transitions of ${at.states} go round for ever.`,
  },
  "workflow.doubled": { status: 422, detail: (at: { name: string }) => `"${at.name}" stands in this workflow twice.` },
  "workflow.initial": {
    status: 422,
    detail: (at: { initial: string }) => `The first state "${at.initial}" is not here.`,
  },
  "workflow.event": { status: 422, detail: (at: { event: string }) => `The event "${at.event}" is not declared.` },
  "workflow.sent": {
    status: 422,
    detail: (at: { event: string; entity: string }) =>
      `No run of "${at.entity}" waits for "${at.event}" from other runs, by a key.`,
  },
  "workflow.event_engine": {
    status: 422,
    detail: (at: { event: string }) => `"${at.event}" is an event of the engine and not to be declared.`,
  },
  "workflow.event_taken": {
    status: 422,
    detail: (at: { event: string; workflow: string }) =>
      `The event "${at.event}" belongs to the workflow "${at.workflow}".`,
  },
  "workflow.shadowed": { status: 422, detail: () => "A branch before this one always holds; this one is never taken." },
  "workflow.action": { status: 422, detail: (at: { action: string }) => `There is no action "${at.action}".` },
  "workflow.params": {
    status: 422,
    detail: (at: { fault: string }) => `The action takes other parameters: ${at.fault}.`,
  },
  "workflow.document": {
    status: 422,
    detail: (at: { kind: string; name: string }) => `There is no ${at.kind} "${at.name}" for this.`,
  },
  "workflow.crosses": {
    status: 422,
    detail: (at: { region: string }) =>
      `This would leave the region "${at.region}" and begin the ones beside it again. Raise an event that the other region takes.`,
  },
  "workflow.regions": { status: 422, detail: (at: { wanted: string }) => `A parallel state wants ${at.wanted}.` },
  "workflow.final": {
    status: 422,
    detail: (at: { state: string }) =>
      `"${at.state}" would end the run, and a record could never be reopened. Give it the tag "end" instead.`,
  },
  "workflow.history": { status: 422, detail: (at: { fault: string }) => `A history state ${at.fault}.` },
  "workflow.kind": {
    status: 422,
    detail: (at: { state: string; type: string }) =>
      `"${at.state}" is no ${at.type} state: ${at.type} states ${at.type === "compound" ? "hold" : "hold no"} others.`,
  },
  "workflow.delay": {
    status: 422,
    detail: (at: { delay: string }) => `The wait "${at.delay}" is not declared; XState would be through it at once.`,
  },
  "workflow.rush": {
    status: 422,
    detail: (at: { state: string }) =>
      `From "${at.state}" waits alone lead back to it in less than a minute; the run would go round without end.`,
  },
  "workflow.delay_form": { status: 422, detail: (at: { wanted: string }) => `A wait wants ${at.wanted}.` },
  "workflow.not_run": {
    status: 422,
    detail: (at: { what: string }) =>
      `No executor of this version carries out ${at.what}; they can be drawn, not published.`,
  },
  "workflow.listening": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "workflow.invoke": { status: 422, detail: (at: { wanted: string }) => `What a state invokes wants ${at.wanted}.` },
  "workflow.clock": {
    status: 422,
    detail: (at: { clock: string }) => `No wait of this workflow has the clock "${at.clock}".`,
  },
  "workflow.output": { status: 422, detail: () => "Only final states give something back." },
  "workflow.payload": { status: 422, detail: (at: { why: string }) => `The payload is no JSON Schema: ${at.why}.` },
  "workflow.never": {
    status: 422,
    detail: (at: { guard: string }) => `"${at.guard}" never holds; this is never taken.`,
  },
  "workflow.covered": {
    status: 422,
    detail: (at: { guard: string }) =>
      `Whenever "${at.guard}" holds, a branch before it holds too; this is never taken.`,
  },
  "workflow.overlap": {
    status: 422,
    detail: (at: { one: string; other: string; where: string }) =>
      `Where ${at.where}, both "${at.one}" and "${at.other}" hold; the one that stands first is taken.`,
  },
  "workflow.gap": {
    status: 422,
    detail: (at: { state: string; where: string }) =>
      `Where ${at.where}, no branch holds, and the run stays in "${at.state}".`,
  },
  "workflow.trap": {
    status: 422,
    detail: (at: { state: string }) => `From "${at.state}" no end can be reached any more.`,
  },
  "workflow.stuck": {
    status: 422,
    detail: (at: { state: string; events: string }) =>
      `"${at.state}" waits for what never comes: nothing raises ${at.events}.`,
  },
  "workflow.endless_wait": {
    status: 422,
    detail: (at: { state: string }) => `"${at.state}" waits for a person, for ever if need be.`,
  },
  "workflow.unasked": {
    status: 422,
    detail: (at: { state: string; field: string }) =>
      `"${at.state}" wants "${at.field}" filled, and nobody is asked for it on this way: a run without it stays.`,
  },
  "workflow.circle": {
    status: 422,
    detail: (at: { states: string }) =>
      `${at.states} lead round to each other without an event, and nothing on the way changes what their guards read.`,
  },
  "workflow.remail": {
    status: 422,
    detail: (at: { state: string }) =>
      `From "${at.state}" waits alone lead round, and somebody is told each time, without an end.`,
  },
  "workflow.context": {
    status: 422,
    detail: (at: { name: string }) => `No run begins with "${at.name}" in its context; say so, with null.`,
  },
  "workflow.unsendable": {
    status: 422,
    detail: (at: { event: string }) => `No role may send "${at.event}"; only administrators can.`,
  },
  "workflow.own_approval": {
    status: 422,
    detail: (at: { role: string; event: string }) =>
      `Whoever has the role ${at.role} may ask, and may "${at.event}" as well; no guard looks at who it is.`,
  },
  "workflow.race": {
    status: 422,
    detail: (at: { one: string; other: string; state: string }) =>
      `In "${at.state}" whichever of "${at.one}" and "${at.other}" comes first decides.`,
  },
  "workflow.past": { status: 422, detail: (at: { delay: string }) => `"${at.delay}" lies in the past already.` },
  "workflow.calendar_gap": {
    status: 422,
    detail: (at: { delay: string; from: string }) =>
      `"${at.delay}" is never over where it begins on ${at.from}: its calendar is not open for so long.`,
  },
  "workflow.clock_change": {
    status: 422,
    detail: (at: { delay: string; day: string }) =>
      `The calendar of "${at.delay}" opens or closes on ${at.day} at a time that the clocks show twice or never.`,
  },
  "workflow.repeated_effect": {
    status: 422,
    detail: (at: { action: string }) => `"${at.action}" stands on a way that leads round: it goes out again each time.`,
  },
  "workflow.unsafe_effect": {
    status: 422,
    detail: (at: { action: string }) =>
      `The run may take back later what it has done, and nobody may know whether "${at.action}" was done: then it stays done.`,
  },
  "workflow.cross_loop": {
    status: 422,
    detail: (at: { workflows: string }) => `These begin each other without end: ${at.workflows}.`,
  },
  "workflow.cross_round": {
    status: 422,
    detail: (at: { workflows: string }) => `These may begin each other again and again: ${at.workflows}.`,
  },
  "workflow.longer": {
    status: 422,
    detail: (at: { process: string; state: string }) =>
      `"${at.process}" is allowed more time than "${at.state}" waits for it.`,
  },
  "workflow.one_by_one": {
    status: 422,
    detail: (at: { what: string }) => `Because of ${at.what} the runs of this journey are worked out one by one here.`,
  },
  "workflow.in_batches": {
    status: 422,
    detail: (at: { what: string }) =>
      `Because of ${at.what} runs whose wait is over together are moved in batches here, not by one statement.`,
  },
  "workflow.no_field": {
    status: 422,
    detail: (at: { entity: string; workflow: string }) =>
      `No field of "${at.entity}" shows the workflow "${at.workflow}".`,
  },
  "import.state_moved": {
    status: 422,
    detail: (at: { state: string | null }) =>
      `${at.state === null ? "The record stands already" : `The record stands in "${at.state}"`}; its workflow moves it, an import does not.`,
  },
  "import.match_needed": {
    status: 422,
    detail: (at: { field: string }) =>
      `"${at.field}" names other rows of the file; to find them, rows must be matched.`,
  },
  "form.entity": { status: 422, detail: (at: { entity: string }) => `A form for everybody makes no "${at.entity}".` },
  "form.twice": { status: 422, detail: (at: { field: string }) => `"${at.field}" stands on the form twice.` },
  "form.unfit": { status: 422, detail: (at: { field: string }) => `"${at.field}" is not asked of everybody.` },
  "form.unique": {
    status: 422,
    detail: (at: { field: string }) =>
      `No two records have the same "${at.field}": whoever fills it in would learn who is known. Let it find the record.`,
  },
  "form.hidden": {
    status: 422,
    detail: (at: { field: string }) =>
      `"${at.field}" is filled from the address of the page or by a value, one of the two.`,
  },
  "form.match": {
    status: 422,
    detail: (at: { field: string }) =>
      `"${at.field}" finds no record: it takes an e-mail address that the form asks for.`,
  },
  "form.person": {
    status: 422,
    detail: (at: { field: string }) =>
      `"${at.field}" leads to nobody who sends a form: it has to be a reference to one entity with an e-mail address.`,
  },
  "form.two_matches": {
    status: 422,
    detail: () => "Whoever sends the form is found by her own address; no other finds the record as well.",
  },
  "form.lacks": { status: 422, detail: (at: { field: string }) => `Without "${at.field}" no record can be made.` },
  "form.no_address": {
    status: 422,
    detail: (at: { channel: string }) =>
      `The form asks for no address of the kind "${at.channel}" to which this belongs.`,
  },
  "form.missing": { status: 404, detail: () => "There is no such form." },
  "form.closed": { status: 410, detail: () => "This form takes nothing any more." },
  "form.challenge": {
    status: 422,
    detail: () => "It could not be made sure that no robot has sent this. Load the page again and send it once more.",
  },
  "form.link": { status: 410, detail: () => "This link does not work, or no longer." },
  "portal.missing": { status: 404, detail: () => "There is no such page." },
  "portal.me": {
    status: 422,
    detail: (at: { entity: string }) =>
      `"${at.entity}" has something of its own that is called "me": here that is the person who signs in. Give it another name.`,
  },
  "portal.email": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" holds no e-mail address to which a link could go.`,
  },
  "portal.person": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" leads to nobody who signs in here.`,
  },
  "portal.system": {
    status: 422,
    detail: (at: { entity: string }) => `"${at.entity}" is not shown outside of the house.`,
  },
  "portal.twice": { status: 422, detail: (at: { name: string }) => `"${at.name}" stands here twice.` },
  "portal.hidden": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" is not shown outside of the house: it tells of its people.`,
  },
  "portal.unread": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" is worked out of what is not shown here: show that as well.`,
  },
  "portal.state": {
    status: 422,
    detail: (at: { state: string }) => `"${at.state}" has no public name, nor has a state around it.`,
  },
  "portal.state_unknown": {
    status: 422,
    detail: (at: { state: string }) => `The workflow has no state "${at.state}" in this field.`,
  },
  "portal.event_asks": {
    status: 422,
    detail: (at: { event: string; field: string }) =>
      `"${at.event}" wants "${at.field}" to be filled in: ask for it together with the event.`,
  },
  "portal.value": { status: 422, detail: (at: { wanted: string }) => `This page takes ${at.wanted}.` },
  "portal.file": { status: 422, detail: (at: { why: string }) => `This cannot be attached: ${at.why}.` },
  "portal.not_asked": { status: 422, detail: (at: { name: string }) => `"${at.name}" is not asked for here.` },
  "survey.path": {
    status: 422,
    detail: (at: { named: string; wanted: string }) => `"${at.named}" is no ${at.wanted}.`,
  },
  "survey.span": {
    status: 422,
    detail: (at: { most: number }) =>
      `A span in ISO 8601 of at most ${at.most} days is needed here, "P14D" for instance.`,
  },
  "survey.empty": { status: 422, detail: () => "A survey asks at least one question." },
  "survey.twice": { status: 422, detail: (at: { name: string }) => `"${at.name}" stands here twice.` },
  "survey.choices": { status: 422, detail: () => "A choice is one of at least two; what is no choice has none." },
  "survey.question": { status: 422, detail: (at: { name: string }) => `The survey has no question "${at.name}".` },
  "survey.keeps": {
    status: 422,
    detail: (at: { field: string; wanted: string }) => `"${at.field}" takes no ${at.wanted}.`,
  },
  "survey.lacks": {
    status: 422,
    detail: (at: { field: string }) => `Without "${at.field}" no ask can be kept as a record. Say what it takes.`,
  },
  "survey.missing": { status: 404, detail: (at: { name: string }) => `There is no survey "${at.name}".` },
  "survey.moment": {
    status: 400,
    detail: () => 'A moment in ISO 8601 is needed here, "2026-05-01T00:00:00Z" for instance.',
  },
  "survey.answer": {
    status: 422,
    detail: (at: { title: string; wanted: string }) => `"${at.title}" takes ${at.wanted}.`,
  },
  "survey.link": { status: 410, detail: () => "This link does not work, or no longer." },
  "survey.over": { status: 410, detail: () => "This can no longer be answered." },
  "survey.kept": { status: 410, detail: () => "This was answered, and can no longer be changed." },
  "visit.malformed": {
    status: 422,
    detail: (at: { wanted: string }) => `What a page tells of visits needs ${at.wanted}.`,
  },
  "visit.origin": {
    status: 422,
    detail: () => "This web site is none that may tell of visits. Name it among the web sites of a form.",
  },
  "form.too_often": { status: 429, detail: () => "This was sent too often from your network. Wait some minutes." },
  "consent.value": { status: 422, detail: (at: { wanted: string }) => `A word on consent needs ${at.wanted}.` },
  "consent.address": {
    status: 422,
    detail: (at: { channel: string }) => `The record has no such address of the kind "${at.channel}".`,
  },
  "purpose.sending": { status: 422, detail: (at: { wanted: string }) => `This wants ${at.wanted}.` },
  "purpose.unknown": { status: 422, detail: (at: { purpose: string }) => `There is no purpose "${at.purpose}".` },
  "segment.unknown": { status: 422, detail: (at: { segment: string }) => `There is no segment "${at.segment}".` },
  "score.unknown": {
    status: 422,
    detail: (at: { score: string }) => `There is no score "${at.score}" of this entity.`,
  },
  "score.malformed": { status: 422, detail: (at: { wanted: string }) => `A score wants ${at.wanted}.` },
  "score.reaches": {
    status: 422,
    detail: () => "How well a record fits follows from its own fields alone, whoever asks and whenever.",
  },
  "segment.building": {
    status: 409,
    detail: (at: { title: string }) =>
      `Who is in "${at.title}" is being worked out still. Send when it is whole: the list of segments says so.`,
  },
  "segment.hidden": {
    status: 403,
    detail: () => "Who is in this segment would tell what stands in fields that you may not read.",
  },
  "entity.person": {
    status: 422,
    detail: (at: { field: string }) =>
      `"${at.field}" is no e-mail field: a person is known by an address that mails go to.`,
  },
  "entity.language": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" holds no language: a field of texts or choices does.`,
  },
  "entity.merge": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" is no reference of these records to one of their own kind.`,
  },
  "entity.merge_asks": {
    status: 422,
    detail: (at: { event: string; field: string }) =>
      `"${at.event}" wants "${at.field}" to be filled in, and nobody fills it in where records are joined.`,
  },
  "person.none": {
    status: 404,
    detail: (at: { entity: string }) =>
      `Records of "${at.entity}" are not about people: its document says so by "person".`,
  },
  "person.erased": { status: 409, detail: () => "What was kept of this person is erased, or is being erased." },
  "segment.empty": { status: 422, detail: () => "A segment without a clause has nobody in it. Say who belongs to it." },
  "segment.window": { status: 422, detail: () => "A window is a span of more than nothing and of ten years at most." },
  "segment.address": {
    status: 422,
    detail: (at: { channel: string; entity: string }) => `"${at.entity}" has no address of the kind "${at.channel}".`,
  },
  "segment.foreign": {
    status: 422,
    detail: (at: { segment: string; entity: string }) => `The segment "${at.segment}" is of "${at.entity}".`,
  },
  "segment.circle": {
    status: 422,
    detail: (at: { circle: string }) => `A segment comes back to itself: ${at.circle}.`,
  },
  "segment.clock": {
    status: 422,
    detail: (at: { part: string }) =>
      `Nobody can say beforehand when time changes "${at.part}". Compare \`now\` or \`today\`, shifted by spans, with a date.`,
  },
  "segment.asker": {
    status: 422,
    detail: () => "A segment is the same for everybody: it knows no `user` who asks.",
  },
  "fact.malformed": { status: 400, detail: (at: { wanted: string }) => `Wanted is ${at.wanted}.` },
  "export.missing": { status: 404, detail: () => "There is no such export." },
  "operation.not_running": {
    status: 409,
    detail: (at: { status: string }) => `This is ${at.status}; there is nothing to cancel.`,
  },
} as const satisfies Record<string, Known>;

export type ProblemCode = keyof typeof known;
type Details<Code extends ProblemCode> = Parameters<(typeof known)[Code]["detail"]> extends [infer At] ? At : object;

/** One fault as it is told to the caller. */
export interface Fault {
  readonly code: ProblemCode;
  readonly status: Known["status"];
  readonly detail: string;
  readonly path: string;
  readonly hint?: string;
  readonly alike?: AlikeTold;
}

/** What is told of records that are alike: those that the caller knows of, and of the others whether there are any. */
export interface AlikeTold {
  readonly rule: string;
  readonly entity: string;
  /** Whether it is stored all the same with a reason. */
  readonly ask: boolean;
  readonly records: readonly { readonly id: string; readonly name: string | null }[];
  readonly hidden: boolean;
  /** Who owns those that she does not know of, where the rule tells it. */
  readonly owners: readonly string[];
}

/** One fault, as a value: checks collect these. */
export function fault<Code extends ProblemCode>(code: Code, at: Details<Code> & Place): Fault {
  const { status, detail } = known[code] as Known;
  return { code, status, detail: detail(at), path: at.path ?? "", ...(at.hint === undefined ? {} : { hint: at.hint }) };
}

/** What the caller can mend. Carries all faults that were found; the first one gives status and code. */
export class Problem extends Error {
  readonly faults: readonly [Fault, ...Fault[]];

  constructor(faults: readonly [Fault, ...Fault[]]) {
    super(faults.map(({ detail }) => detail).join(" "));
    this.name = "Problem";
    this.faults = faults;
  }
}

/** A problem with one fault, to be thrown. */
export function problem<Code extends ProblemCode>(code: Code, at: Details<Code> & Place): Problem {
  return new Problem([fault(code, at)]);
}

/** Throws all faults at once, where there are any. */
export function refuse(faults: readonly Fault[]): void {
  const [first, ...rest] = faults;
  if (first) throw new Problem([first, ...rest]);
}

/** For `catch`: a problem that ends a piece of work is told with what was wrong before it. */
export const besides =
  (faults: readonly Fault[]) =>
  (error: unknown): never => {
    if (error instanceof Problem) refuse([...faults, ...error.faults]);
    throw error;
  };
