/** Enhanced multi-frame images: what each frame's functional groups say (PS3.3 C.7.6.16). */
import type { Dataset } from './dataset.ts'
import type { SlicePlace } from './format.ts'
import { rescale, slicePlace } from './format.ts'

/** What one frame says of its own. */
export type EnhancedFrame = {
  place: SlicePlace | undefined
  slope?: number
  intercept?: number
  imageType: string[]
  sliceThickness: number | undefined
  spacingBetweenSlices: number | undefined
  dimensions: Record<string, string>
}

const sequences = {
  position: 'x00209113',
  orientation: 'x00209116',
  measures: 'x00289110',
  values: 'x00289145',
  content: 'x00209111',
  echo: 'x00189114',
  diffusion: 'x00189117',
  cardiac: 'x00189118',
  philips: 'x2005140f',
} as const

/** Frame type macros of MR, CT, PET and common CT/MR (PS3.3 C.8.13.5.1, C.8.15.3.1, C.8.22.5.1). */
const frameTypes = ['x00189226', 'x00189329', 'x00189751', 'x0018992f']

/** Pointers of dimensions that are about place: they do not tell apart images of one place. */
const placePointers = new Set(['x00200032', 'x00209057', 'x00209113', 'x00201041', 'x00209116', 'x00200037'])

/** Frames by their functional groups; undefined where the file has none. */
export function enhancedFrames(dataset: Dataset, count: number): EnhancedFrame[] | undefined {
  const [shared] = dataset.items('x52009229')
  const own = dataset.items('x52009230')
  if (!shared && own.length === 0) return undefined
  const pointers = dataset.items('x00209222').map((item) => item.tagPointer('x00209165'))
  const empty = shared ?? own[0]
  return Array.from({ length: Math.min(count, Math.max(own.length, 1)) }, (_, n) => {
    const group = (tag: string) => own[n]?.items(tag)[0] ?? shared?.items(tag)[0]
    return frameOf(dataset, group, pointers, empty)
  })
}

function frameOf(
  dataset: Dataset,
  group: (tag: string) => Dataset | undefined,
  pointers: string[],
  empty: Dataset,
): EnhancedFrame {
  const [position, orientation] = [group(sequences.position), group(sequences.orientation)]
  const [measures, values] = [group(sequences.measures), group(sequences.values)]
  const [content, diffusion] = [group(sequences.content), group(sequences.diffusion)]
  const typed = frameTypes.map((tag) => group(tag)).find((item) => item !== undefined)
  const imageType = (typed?.texts('x00089007') ?? dataset.texts('x00080008')).map((part) => part.toUpperCase())
  const indices = content?.uint32s('x00209157') ?? []
  const gradient = diffusion?.items('x00189076')[0]?.float64s('x00189089')
  const number = (v: number | undefined) => (v === undefined ? '' : String(v))
  return {
    place: slicePlace(position ?? dataset, orientation ?? dataset, measures ?? dataset),
    ...(values ? rescale(dataset, values, group(sequences.philips) ?? dataset) : {}),
    imageType,
    sliceThickness: (measures ?? empty).decimal('x00180050'),
    spacingBetweenSlices: (measures ?? empty).decimal('x00180088'),
    dimensions: {
      imageType: imageType.join('/'),
      echo: number(group(sequences.echo)?.float64('x00189082')),
      bValue: number(diffusion?.float64('x00189087')),
      stack: content?.text('x00209056') ?? '',
      gradient: gradient?.join('/') ?? '',
      temporalPosition: number(content?.uint32s('x00209128')?.[0]),
      triggerTime: number(group(sequences.cardiac)?.float64('x00209153')),
      acquisition: number(content?.uint16('x00209156')),
      indices: indices.filter((_, n) => !placePointers.has(pointers[n] ?? '')).join('/'),
      frameTime: content?.text('x00189074') ?? '',
    },
  }
}
