/** Files that a page sends because it can't say where they lie. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Dropped, dropUrl } from '../../shared/api/contract.ts'
import { createServices, type Services } from './index.ts'

const home = mkdtempSync(join(tmpdir(), 'handful-dropping-'))
const project = join(home, 'project')
let services: Services

beforeAll(async () => {
  services = createServices({ homeFolder: home })
  await services.handlers['project.create']({ folder: project, name: 'Dropping' })
})
afterAll(async () => {
  await services.close()
  rmSync(home, { recursive: true })
})

async function* parts(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text)
}
const never = () => Promise.reject(new Error('not read this way'))
const drop = (path: string, body = parts('a', 'bc')) => services.upload(path, never, body)

test('a file keeps its name and its place in what was dropped', async () => {
  const { folder } = Dropped.parse(await drop(dropUrl('drop-abc123', 'patient 1/série/扫描 #1.nii.gz')))
  expect(readFileSync(join(folder, 'patient 1', 'série', '扫描 #1.nii.gz'), 'utf8')).toBe('abc')
  expect(folder.startsWith(project)).toBe(true)
})

test.each([
  '/drop/drop-abc123/..%2f..%2fhandful.db',
  '/drop/drop-abc123/%2e%2e/handful.db',
  '/drop/drop-abc123/a//b',
  '/drop/drop-abc123/%00',
  '/drop/drop-abc123/%zz',
  '/drop/drop-abc123/a%5cb',
])('%s leads nowhere', async (path) => {
  const before = readdirSync(project, { recursive: true }).length
  await expect(drop(path)).rejects.toThrow('plain name')
  expect(readdirSync(project, { recursive: true })).toHaveLength(before)
})

test('a drop without a proper name is no address', async () => {
  for (const path of ['/drop/..%2f/x', '/drop/drop-ABC/x', '/drop/drop-abc123/']) expect(await drop(path)).toBeNull()
})

test('half a file does not stay', async () => {
  async function* broken() {
    yield new Uint8Array(10)
    throw new Error('the page went away')
  }
  await expect(drop(dropUrl('drop-abc123', 'half.nii'), broken())).rejects.toThrow()
  expect(existsSync(join(project, 'dropped', 'drop-abc123', 'half.nii'))).toBe(false)
})
