import { describe, expect, it } from 'vitest'
import { dicomCaseName, pairLabels, safeName, stemOf } from './names.ts'

const image = (id: string, name: string, relative: string | null = 'images') => ({ id, names: [name], relative })
const label = (path: string, relative = 'labels') => ({ path, relative })
const pairs = (labels: string[], images: string[]) =>
  Object.fromEntries(
    pairLabels(
      labels.map((path) => label(path)),
      images.map((name) => image(name, name)),
    ).map((pair) => [pair.label.path, pair.imageId]),
  )

describe('names', () => {
  it('of files lose folder and NIfTI extensions only', () => {
    expect(['a/b.nii.gz', 'b.nii', 'b.NII.GZ', 'b.hdr', 'v1.2.nii', '.nii'].map(stemOf)).toEqual([
      'b',
      'b',
      'b',
      'b',
      'v1.2',
      '.nii',
    ])
  })

  it('of cases work in lists and as file names', () => {
    expect(safeName('a,b/c:d')).toBe('a_b_c_d')
    expect(safeName('..')).toBe('scan')
    expect(safeName('x'.repeat(200))).toHaveLength(80)
    expect(safeName('Müller é')).toBe('Müller é')
  })

  it('of DICOM series never name the patient', () => {
    const person = ['Doe, Jane', 'MRN0042']
    expect(dicomCaseName('MR', '3', 't1 mprage', person)).toBe('MR 3 t1 mprage')
    expect(dicomCaseName('MR', '3', 'Doe knee', person)).toBe('MR 3')
    expect(dicomCaseName('MR', '3', 'mrn0042 follow-up', person)).toBe('MR 3')
    expect(dicomCaseName('CT', null, 'SMITH^JOHN', person)).toBe('CT')
  })
})

describe('pairing label maps with scans', () => {
  it('takes the same name, then the usual marks off either side', () => {
    expect(
      pairs(['a.nii.gz', 'b_seg.nii.gz', 'c-label.nii', 'label_d.nii', 'E_Mask.nii.gz'], ['a', 'b', 'c', 'd', 'e']),
    ).toEqual({
      'a.nii.gz': 'a',
      'b_seg.nii.gz': 'b',
      'c-label.nii': 'c',
      'label_d.nii': 'd',
      'E_Mask.nii.gz': 'e',
    })
  })

  it('knows the Decathlon’s image x_0000 with its label x', () => {
    expect(pairs(['x.nii.gz'], ['x_0000', 'x_0001'])).toEqual({ 'x.nii.gz': 'x_0000' })
  })

  it('prefers the exact name over a shortened one, and refuses the other label map', () => {
    expect(pairs(['a.nii', 'a_seg.nii'], ['a'])).toEqual({ 'a.nii': 'a', 'a_seg.nii': null })
    expect(pairs(['a_seg.nii'], ['a', 'a_seg'])).toEqual({ 'a_seg.nii': 'a_seg' })
  })

  it('refuses what is ambiguous or has no scan, with the reason', () => {
    const [first, second, third] = pairLabels(
      [label('a_seg.nii'), label('a_mask.nii'), label('z.nii')],
      [image('1', 'a')],
    )
    expect([first, second, third].map((pair) => pair.imageId)).toEqual([null, null, null])
    expect(first).toMatchObject({ reason: expect.stringContaining('Two label maps') })
    expect(third).toMatchObject({ reason: expect.stringContaining('No scan of this name') })
  })

  it('tells scans of one name apart by their sub-folder', () => {
    const images = [image('1', 'ct', 'images/p1'), image('2', 'ct', 'images/p2')]
    expect(pairLabels([label('ct.nii', 'labels/p2')], images)).toMatchObject([{ imageId: '2' }])
    expect(pairLabels([label('ct.nii', 'labels')], images)).toMatchObject([{ imageId: null }])
  })
})
