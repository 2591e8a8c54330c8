import Database from 'better-sqlite3'
import { mkdirSync, openSync, readdirSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openDatabase, schemaVersion } from './database.ts'
import { backupFolder, databaseFile } from './layout.ts'
import { createLibrary, openLibrary, readLibrary } from './library.ts'
import { migrations } from './migrations.ts'
import { addCase, temporaryFolder } from './testing.ts'

const later = [...migrations, 'ALTER TABLE cases ADD COLUMN note TEXT']

describe('the project file', () => {
  it('is migrated step by step, after a copy was made', () => {
    const folder = temporaryFolder()
    const library = createLibrary(folder, 'Study')
    const { caseId } = addCase(library, 'one')
    library.close()
    const db = openDatabase(folder, later)
    expect(schemaVersion(db)).toBe(migrations.length + 1)
    expect(db.prepare('SELECT id, note FROM cases').all()).toEqual([{ id: caseId, note: null }])
    db.close()
    const [copy] = readdirSync(backupFolder(folder))
    const before = new Database(`${backupFolder(folder)}/${copy}`, { readonly: true })
    expect(before.prepare('SELECT id FROM cases').all()).toEqual([{ id: caseId }])
    expect(before.pragma('user_version', { simple: true })).toBe(migrations.length)
    before.close()
  })

  it('is as it was when a migration fails half way', () => {
    const folder = temporaryFolder()
    createLibrary(folder, 'Study').close()
    const broken = [...migrations, 'CREATE TABLE fine (a INTEGER) STRICT; CREATE TABLE cases (a INTEGER) STRICT;']
    expect(() => openDatabase(folder, broken)).toThrow('already exists')
    const db = openDatabase(folder)
    expect(schemaVersion(db)).toBe(migrations.length)
    expect(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'fine'").get()).toEqual({ n: 0 })
    db.close()
  })

  it('of a newer Handful is refused', () => {
    const folder = temporaryFolder()
    createLibrary(folder, 'Study').close()
    openDatabase(folder, later).close()
    expect(() => openLibrary(folder)).toThrow('newer Handful')
    expect(() => readLibrary(folder)).toThrow('another version')
    // The refusal has let the lock go.
    expect(() => openLibrary(folder)).toThrow('newer Handful')
  })

  it('of another program is refused and left alone', () => {
    const folder = temporaryFolder()
    const other = new Database(databaseFile(folder))
    other.pragma('user_version = 7')
    other.exec('CREATE TABLE theirs (a)')
    other.close()
    expect(() => openLibrary(folder)).toThrow('not made by Handful')
  })

  it('that is damaged is refused in words, whatever the damage', () => {
    const folder = temporaryFolder()
    writeFileSync(databaseFile(folder), 'this is no database at all, but long enough to look at'.repeat(40))
    expect(() => openLibrary(folder)).toThrow('is damaged')

    const second = temporaryFolder()
    const library = createLibrary(second, 'Study')
    library.transaction(() => {
      for (let n = 0; n < 400; n++) addCase(library, `case ${n}`)
    })
    library.close()
    const { size } = statSync(databaseFile(second))
    const handle = openSync(databaseFile(second), 'r+')
    writeSync(handle, Buffer.alloc(size / 2, 0xa5), 0, size / 2, 8192)
    expect(() => openLibrary(second)).toThrow('is damaged')
    truncateSync(databaseFile(second), 5000)
    expect(() => openLibrary(second)).toThrow('is damaged')
  })

  it('in a folder that is none, is missing, or can’t be made is refused in words', () => {
    const folder = temporaryFolder()
    expect(() => openLibrary(folder)).toThrow('no Handful project')
    expect(() => openLibrary(`${folder}/none`)).toThrow('no folder')
    writeFileSync(`${folder}/file`, '')
    expect(() => openLibrary(`${folder}/file`)).toThrow('is a file')
    expect(() => createLibrary(`${folder}/file/deep`, 'x')).toThrow('a file is where a folder should be')
    mkdirSync(`${folder}/real`)
    createLibrary(`${folder}/real`, 'x').close()
    expect(() => createLibrary(`${folder}/real`, 'y')).toThrow('a project in')
  })

  it('can be looked at while another process has it open', () => {
    const folder = temporaryFolder()
    const library = createLibrary(folder, 'Study')
    addCase(library, 'one')
    const view = readLibrary(folder)
    expect(view.describe()).toMatchObject({ name: 'Study', cases: 1 })
    expect(() => view.setProjectFact('name', 'x')).toThrow('readonly')
    view.close()
    library.close()
  })
})
