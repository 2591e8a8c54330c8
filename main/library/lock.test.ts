import { spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lockFile } from './layout.ts'
import { lockProject } from './lock.ts'
import { identifyProcess } from './process-identity.ts'
import { temporaryFolder } from './testing.ts'

const holder = (identity: object) => JSON.stringify({ ...identity, since: new Date().toISOString() })

describe('the lock of a project', () => {
  it('keeps a second one out until it is released', () => {
    const folder = temporaryFolder()
    const release = lockProject(folder)
    expect(() => lockProject(folder)).toThrow('open in this program already')
    release()
    expect(existsSync(lockFile(folder))).toBe(false)
    lockProject(folder)()
  })

  it('names the living process that has the project open', async () => {
    const folder = temporaryFolder()
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    onTestFinished(() => void other.kill())
    writeFileSync(lockFile(folder), holder(identifyProcess(other.pid ?? 0)))
    expect(() => lockProject(folder)).toThrow(`process ${other.pid}`)
  })

  it('is taken over from a process that is gone, and from one whose number another process has now', () => {
    const folder = temporaryFolder()
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(lockFile(folder), holder({ pid, birth: null, host: hostname() }))
    lockProject(folder)()
    if (process.platform === 'linux') {
      writeFileSync(lockFile(folder), holder({ ...identifyProcess(process.ppid), birth: '1' }))
      lockProject(folder)()
    }
  })

  it('is taken over where a crash cut the lock file short', () => {
    const folder = temporaryFolder()
    writeFileSync(lockFile(folder), '{"pid": 12')
    lockProject(folder)()
  })

  it('is respected where another computer holds it', () => {
    const folder = temporaryFolder()
    writeFileSync(lockFile(folder), holder({ pid: 1, birth: null, host: 'ward-pc-7' }))
    expect(() => lockProject(folder)).toThrow('another computer (ward-pc-7')
  })
})
