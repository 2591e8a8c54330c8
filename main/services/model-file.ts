/**
 * A model as one file, `.handful-model`: a line that says what it is, a line of JSON, then the weights as in model.bin
 * (which hold the plan and the labels). No scan, no name of a case, nothing of a patient.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Label } from '../../shared/domain/records.ts'
import { decodeTensors } from '../engine/index.ts'
import { refuse } from '../library/index.ts'

const magic = 'HANDFUL MODEL 1\n'

const Header = z.object({
  name: z.string().min(1).max(200),
  created: z.string(),
  madeWith: z.string(),
  labels: z.array(Label).min(1),
  steps: z.number().int(),
  /** How many labelled scans it learnt from. */
  cases: z.number().int(),
  pretrained: z.boolean(),
  dice: z.number().nullable(),
  sha256: z.string(),
})
export type ModelHeader = Omit<z.infer<typeof Header>, 'sha256'>

/** `weights`: the bytes of a fine-tuning's model.bin. */
export function packModel(header: ModelHeader, weights: Uint8Array): Uint8Array {
  const line = JSON.stringify({ ...header, sha256: hash(weights) })
  return Buffer.concat([Buffer.from(`${magic}${line}\n`, 'utf8'), weights])
}

/** Checks the whole file. Refuses what is not a model, damaged, or made by a newer Handful. */
export function unpackModel(bytes: Uint8Array): {
  header: ModelHeader
  weights: Uint8Array
  /** What the weights say of themselves. */
  meta: unknown
} {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!file.subarray(0, 13).equals(Buffer.from(magic.slice(0, 13))))
    refuse('This is no Handful model (.handful-model).')
  if (!file.subarray(0, magic.length).equals(Buffer.from(magic)))
    refuse('This model was written by a newer Handful. Update Handful to use it.')
  const end = file.indexOf('\n', magic.length)
  const damaged = 'This model file is damaged: copy it again from where it came from.'
  const parsed = Header.safeParse(end < 0 ? null : parse(file.toString('utf8', magic.length, end)))
  if (!parsed.success) return refuse(damaged)
  const { sha256, ...header } = parsed.data
  const weights = file.subarray(end + 1)
  if (hash(weights) !== sha256) refuse(damaged)
  const { meta } = decodeTensors(new Uint8Array(weights))
  if ((meta as { kind?: string }).kind !== 'segmentation') refuse('This file holds no segmentation model.')
  return { header, weights, meta }
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
