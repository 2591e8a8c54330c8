import { expect, test } from 'vitest'
import { keysWith, ownerOf, rebound, restored } from './changes.ts'
import { keyName, keySign } from './names.ts'
import { actionIds, actions } from './table.ts'

test('no two actions share a usual key', () => {
  const keys = actionIds.flatMap((id) => actions[id].keys)
  expect(new Set(keys).size).toBe(keys.length)
})

test('a key that is given to another action is taken from the one that had it', () => {
  const changes = rebound({}, 'eraser', 'b')
  expect(keysWith(changes, 'eraser')).toEqual(['b'])
  expect(keysWith(changes, 'brush')).toEqual([])
  expect(ownerOf(changes, 'e')).toBeNull()
  expect(ownerOf(changes, 'b')).toBe('eraser')
})

test('an action with several keys loses only the one that was taken', () => {
  expect(keysWith(rebound({}, 'brush', 'ctrl+y'), 'redo')).toEqual(['ctrl+shift+z'])
})

test('the usual key comes back to its action, and from whoever has it now', () => {
  const changes = restored(rebound({}, 'eraser', 'b'), 'brush')
  expect(keysWith(changes, 'brush')).toEqual(['b'])
  expect(keysWith(changes, 'eraser')).toEqual([])
})

test('a fixed key stays, whatever is stored', () => {
  expect(keysWith({ accept: ['x'] }, 'accept')).toEqual(['enter'])
})

test('key presses are named by their character; Shift counts with Ctrl only', () => {
  const press = { key: 'Z', ctrlKey: true, metaKey: false, shiftKey: true, altKey: false }
  expect(keyName(press)).toBe('ctrl+shift+z')
  expect(keyName({ ...press, ctrlKey: false, key: '?' })).toBe('?')
  expect(keyName({ ...press, ctrlKey: false, altKey: true })).toBe('')
})

test('keys are written as on the keyboard', () => {
  expect(['ctrl+shift+z', ' ', '+', 'arrowup', '['].map(keySign)).toEqual(['Ctrl + Shift + Z', 'Space', '+', '↑', '['])
})
