/** Business time as other rooms count in it. */
export { add, addDays, between, isOpen, nextOpening } from "./business-time.ts";
export { readBusinessSpan, recounted, spanLater, type BusinessSpan } from "./span.ts";
export { readClock, startClock, type ClockReading } from "./clock.ts";
