/** One decoded greyscale image: stored values (before masking and rescaling), signed ones as two's complement. */
export type Decoded = { columns: number; rows: number; samples: Uint16Array }

/** Bytes that cannot be decoded; the message is for a report. */
export class DamagedImage extends Error {}
