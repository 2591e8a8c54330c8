import type { Refusal } from '../../shared/domain/volume.ts'

/** A refusal: a plain sentence for the user, and details for a report (never anything that identifies a patient). */
export function refuse(reason: string, detail?: string): Refusal {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail }
}
