import type { PurposeDocument } from "schemas";
import { fault, type Fault } from "../problem.ts";
import { sendingFaults } from "../workflow/check-sending.ts";
import { placeOf } from "./place.ts";

/** Quiet hours of a purpose end, and its caps count for a while. */
export const checkPurpose = (document: PurposeDocument): readonly Fault[] =>
  sendingFaults(document, (wrong, wanted, path) =>
    wrong ? [fault("purpose.sending", { wanted, path: placeOf(document, ...path.split("/")) })] : [],
  );
