/**
 * What people were asked about records by surveys, and what they said: one row for each ask, its id that of the effect
 * that asked. `person` tells whom apart from others: a record, or a hash of an address. `why` says why nobody was asked
 * after all. `kept` is the record that it is kept as.
 */
export const statements: readonly string[] = [
  `create table {ws}._survey_ask (
     id uuid primary key, survey text not null, entity text not null, record uuid not null, person text, person_entity text,
     person_record uuid, agent uuid, language text, asked_at timestamptz not null, expires_at timestamptz, why text,
     answered_at timestamptz, changed_at timestamptz, answers jsonb, kept uuid, operation uuid not null)`,
  `create index ix_survey_ask_person on {ws}._survey_ask (survey, person, asked_at) where why is null`,
  `create index ix_survey_ask_survey on {ws}._survey_ask (survey, asked_at)`,
  `create index ix_survey_ask_record on {ws}._survey_ask (record)`,
  `create index ix_survey_ask_whom on {ws}._survey_ask (person_record) where person_record is not null`,
];
