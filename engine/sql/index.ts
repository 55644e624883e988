export { ddl, ddlOf, systemTables, type Publishing, type Statement } from "./ddl.ts";
export { goneColumn, goneTable, identifier, structureName, tableOf } from "./names.ts";
export { constraintsOf, structuresOf, type Structure } from "./structure.ts";
