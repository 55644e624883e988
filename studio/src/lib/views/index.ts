import type { Component } from "svelte";
import Board from "./board/Board.svelte";
import Calendar from "./calendar/Calendar.svelte";
import Table from "./table/Table.svelte";
import type { ViewProps } from "./view.ts";

/** The view types, by the name that view documents call them by. */
export const viewTypes: Readonly<Record<string, { readonly icon: string; readonly component: Component<ViewProps> }>> =
  {
    table: { icon: "table", component: Table },
    board: { icon: "board", component: Board },
    calendar: { icon: "calendar", component: Calendar },
  };
