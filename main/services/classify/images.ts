/**
 * A folder of PNG and JPEG images, made ready for the trainer: each becomes a square of RGB bytes in a file of its own, the
 * image in its middle with black beside it, so that they are decoded once and not in every step.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { identity } from '../../imaging/affine.ts'
import { decodePhoto } from '../../imaging/dicom/codecs/wasm.ts'
import { jpegSize } from '../../imaging/dicom/codecs/size.ts'
import { decodePng, isPng, mostPixels, type Photo } from '../../imaging/png.ts'
import type { Region } from '../../imaging/region.ts'
import { resampleSamples } from '../../imaging/resample.ts'
import type { TrainerCase } from '../../../shared/domain/trainer.ts'
import { refuse, refuseFileError, writeFileSafely, writeJson } from '../../library/index.ts'
import { imageName } from './grades.ts'
import { shownSquare } from './shown.ts'

export interface PreparedImages {
  /** Named as in a CSV of grades, in the order of their names. */
  cases: TrainerCase[]
  /** Files that are no images, each with the reason. */
  refused: { name: string; reason: string }[]
}

interface Listener {
  progress?(stage: string, done: number, total: number, etaSeconds: number | null): void
}

/** From `folder` into files under `output`, squares of `size` pixels. What an earlier call has made is used again. */
export async function prepareImages(
  folder: string,
  output: string,
  size: number,
  listener: Listener,
  isCancelled: () => boolean,
): Promise<PreparedImages> {
  const place = resolve(folder)
  const names = listImages(place)
  const result: PreparedImages = { cases: [], refused: [] }
  const taken = new Map<string, string>()
  mkdirSync(output, { recursive: true })
  const list = join(output, 'images.json')
  const source = { folder: place, size, names }
  const same = existsSync(list) && readFileSync(list, 'utf8') === JSON.stringify(source, null, 2) + '\n'
  if (!same) {
    // They are named by their place in the list: none of another list may be left, whenever this is stopped.
    for (const old of readdirSync(output)) if (old.endsWith('.rgb')) rmSync(join(output, old))
    writeJson(list, source)
  }
  for (const [i, name] of names.entries()) {
    if (isCancelled()) break
    const id = imageName(name)
    const before = taken.get(id)
    if (before) refuse(`${before} and ${name} have the same name but for the ending. Rename one of them.`)
    taken.set(id, name)
    const file = join(output, `${i}.rgb`)
    try {
      const made = same && existsSync(file)
      const square = made ? readFileSync(file) : squareOf(await readPhoto(join(place, name)), size)
      if (!made) writeFileSafely(file, [square])
      result.cases.push(caseOf(id, file, size, shownSquare(square, size)))
    } catch (error) {
      result.refused.push({ name, reason: error instanceof Error ? error.message : String(error) })
    }
    listener.progress?.('Reading images', i + 1, names.length, null)
  }
  if (result.cases.length === 0 && !isCancelled()) {
    const [first] = result.refused
    refuse(`No image in ${folder} could be read${first ? ` (${first.name}: ${first.reason})` : ''}.`)
  }
  return result
}

function listImages(folder: string): string[] {
  try {
    const names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(png|jpe?g)$/i.test(entry.name))
      .map((entry) => entry.name)
      .sort()
    return names.length > 0 ? names : refuse(`There is no PNG or JPEG image in ${folder}.`)
  } catch (error) {
    return refuseFileError(error, `The images could not be read from ${folder}`)
  }
}

async function readPhoto(file: string): Promise<Photo> {
  const bytes = readFileSync(file)
  if (isPng(bytes)) return decodePng(bytes)
  const { rows, columns, bits } = jpegSize(bytes)
  if (bits !== 8) throw new Error(`${bits} bits a sample: only JPEG of 8 bits can be read`)
  if (rows * columns > mostPixels) throw new Error(`${columns} × ${rows} pixels are too many`)
  return decodePhoto(bytes)
}

/** RGB, one colour after the other, rows from the top: the whole image as large as it fits. */
export function squareOf({ width, height, channels, samples }: Photo, size: number): Uint8Array {
  const scale = size / Math.max(width, height)
  const [w, h] = [width, height].map((n) => Math.max(1, Math.round(n * scale)))
  const [left, top] = [w, h].map((n) => Math.floor((size - n) / 2))
  const result = new Uint8Array(3 * size * size)
  for (let c = 0; c < 3; c++) {
    const plane = new Uint8Array(width * height)
    for (let i = 0; i < plane.length; i++) plane[i] = samples[i * channels + (channels === 3 ? c : 0)]
    const resized = resampleSamples(plane, [width, height, 1], [w, h, 1])
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) result[(c * size + top + y) * size + left + x] = Math.round(resized[y * w + x])
    }
  }
  return result
}

const caseOf = (id: string, volumeFile: string, size: number, shown: Region): TrainerCase => ({
  id,
  name: id,
  modality: 'photograph',
  volumeFile,
  type: 'uint8',
  shape: [size, size, 1],
  spacing: [1, 1, 1],
  affine: identity,
  channels: 3,
  labelFile: null,
  shown,
})
