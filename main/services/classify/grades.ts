/** A CSV of grades: an image's name (with or without its ending) and its grade in each line; a first line of titles is passed over. */
import { readFileSync } from 'node:fs'
import { parse } from 'node:path'
import { refuse, refuseFileError } from '../../library/index.ts'

/** Image name without its ending → grade. Refuses, with the line's number, what can't be read. */
export function readGrades(file: string): Map<string, number> {
  const grades = new Map<string, number>()
  readText(file)
    .split(/\r?\n/)
    .forEach((line, n) => {
      if (line.trim() === '') return
      const [name = '', text = ''] = line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
      const grade = Number(text)
      if (text === '' || !Number.isInteger(grade) || grade < 0 || grade > 100) {
        if (n === 0) return
        refuse(`Line ${n + 1} of ${file} has no grade: write an image's name, a comma and a whole number from 0 on.`)
      }
      const image = imageName(name)
      if (grades.has(image) && grades.get(image) !== grade) {
        refuse(`${file} gives ${image} two grades, ${grades.get(image)} and ${grade}. Take one of the lines out.`)
      }
      grades.set(image, grade)
    })
  if (grades.size === 0)
    refuse(`${file} holds no grades: write an image's name, a comma and a whole number in each line.`)
  return grades
}

/** Refuses where all have one grade, with what that comes of and what helps: two are needed to learn from and to measure agreement. */
export function requireTwoGrades(grades: Iterable<number>, which: string, remedy: string): void {
  const [first, ...others] = new Set(grades)
  if (first === undefined || others.length > 0) return
  refuse(`${which} have one and the same grade, ${first}: there is nothing to tell apart. ${remedy}`)
}

/** Grades between the lowest and the highest that no image has. */
export function missingGrades(grades: Iterable<number>): number[] {
  const had = new Set(grades)
  const [low, high] = [Math.min(...had), Math.max(...had)]
  return Array.from({ length: high - low }, (_, i) => low + i).filter((grade) => !had.has(grade))
}

/** What an image is called in a CSV: its file's name without the ending. */
export const imageName = (file: string): string => (/\.(png|jpe?g)$/i.test(file) ? parse(file).name : file)

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    return refuseFileError(error, `The grades could not be read from ${file}`)
  }
}
