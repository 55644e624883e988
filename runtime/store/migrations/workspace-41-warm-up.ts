/** How many mails a new sending domain has sent on its day, and on how many days its limit has grown so far. */
export const statements: readonly string[] = [
  `create table {ws}._mail_warm (
     wire text not null, domain text not null, day date not null, step integer not null default 0, sent integer not null default 0,
     later integer not null default 0, primary key (wire, domain))`,
];
