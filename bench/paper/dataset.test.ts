import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { findDataset } from './dataset.ts'

const folder = mkdtempSync(join(tmpdir(), 'handful-dataset-'))
afterAll(() => rmSync(folder, { recursive: true }))
const scratch = join(folder, 'links')
const make = (...files: string[]) => {
  const root = mkdtempSync(join(folder, 'set-'))
  for (const file of files) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  return root
}

it('knows the Decathlon by imagesTr and labelsTr, and takes its names of labels', () => {
  const root = make('imagesTr/pancreas_001.nii.gz', 'labelsTr/pancreas_001.nii.gz')
  writeFileSync(join(root, 'dataset.json'), '{"labels":{"0":"background","1":"pancreas","2":"cancer"}}')
  expect(findDataset(root, scratch)).toEqual({
    name: basename(root),
    images: join(root, 'imagesTr'),
    labels: join(root, 'labelsTr'),
    labelNames: ['1=pancreas', '2=cancer'],
    channels: [],
    validation: [],
    tuning: 'pancreas',
    regions: [],
  })
})

it('takes the validation list of a protocol', () => {
  const root = make('images/a.nii.gz', 'labels/a.nii.gz')
  writeFileSync(join(root, 'protocol.json'), '{"validation":["a"]}')
  expect(findDataset(root, scratch).validation).toEqual(['a'])
})

it('knows BraTS by the endings, in folders of any depth, and parts scans from labels', () => {
  const of = (name: string) => ['t1', 't1ce', 't2', 'flair', 'seg'].map((part) => `HGG/${name}/${name}_${part}.nii.gz`)
  const { images, labels, channels, tuning, regions } = findDataset(
    make(...of('Brats18_A'), ...of('Brats18_B'), 'survival.csv'),
    scratch,
  )
  expect(channels).toEqual(['t1', 't1ce', 't2', 'flair'])
  expect(tuning).toBe('brats')
  expect(regions[0]).toBe('Whole tumour=1+2+4')
  expect(readdirSync(labels)).toEqual(['Brats18_A_seg.nii.gz', 'Brats18_B_seg.nii.gz'])
  expect(readdirSync(images)).toHaveLength(8)
})

it('says what is missing in any other folder', () => {
  expect(() => findDataset(make('a.nii.gz'), scratch)).toThrow(
    /neither imagesTr and labelsTr .* nor files ending in _seg/,
  )
  expect(() => findDataset(join(folder, 'none'), scratch)).toThrow(/--data/)
})
