/** Every refusal of the program has its Chinese. What it can say is read from its sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { afterEach, expect, test } from 'vitest'
import { language } from './index.ts'
import { told } from './program.ts'

afterEach(() => void (language.value = 'en'))

/** Functions and errors whose sentence a person in the window may see, and which of their arguments it is. */
const sayers: Record<string, number> = {
  'warnings.push': 0,
  'notes.push': 0,
  refuse: 0,
  refuseFileError: 1,
  JobCancelled: 0,
  TrainingError: 0,
  ApiError: 1,
}
/** What the command line alone can do. */
const withoutWindow = ['services/classify', 'services/folder-run.ts', 'training/grading']
const folders = ['services', 'library', 'server', 'workers', 'imaging', 'training']

/** The sentences of a literal, with 7 for what is filled in; none for what is no literal. */
function sentencesOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(sentencesOf)
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce(
      (texts, { expression, literal }) => {
        const filled = ts.isConditionalExpression(expression) ? sentencesOf(expression) : []
        return texts.flatMap((text) => (filled.length ? filled : ['7']).map((part) => text + part + literal.text))
      },
      [node.head.text],
    )
  }
  return []
}

function refusalsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const name = node.expression.getText()
      const said = name in sayers ? node.arguments?.[sayers[name]] : undefined
      if (said)
        found.push(
          ...sentencesOf(said).map((text) => (name === 'refuseFileError' ? `${text}: it is not there.` : text)),
        )
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const sources = folders.flatMap((folder) =>
  readdirSync(join('main', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('.test.') && !name.endsWith('testing.ts'))
    .map((name) => join('main', folder, name))
    .filter((file) => !withoutWindow.some((part) => file.startsWith(join('main', part)))),
)

test('every refusal that a person in the window may see is said in Chinese, whole', () => {
  const sentences = new Set(sources.flatMap(refusalsOf))
  expect(sentences.size).toBeGreaterThan(150)
  language.value = 'zh'
  const english = [...sentences].filter((sentence) => /[a-z]{3,} [a-z]{2,} /.test(told(sentence)))
  expect(english, 'to be added to refusals.ts or importReasons.ts').toEqual([])
})

/** All texts of a file that are a whole sentence, also where they are put together from several. */
function allSentencesOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      const [first, second] = [sentencesOf(node.left), sentencesOf(node.right)]
      if (first.length > 0 && second.length > 0)
        return void found.push(...first.flatMap((text) => second.map((more) => text + more)))
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) found.push(...sentencesOf(node))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found.filter((text) => /^([A-Z]|7 ).* .*\.$/s.test(text))
}

test('all that an import can say of a file is said in Chinese, whole', () => {
  const files = sources.filter((file) => /^main.(imaging|workers.importer|services.import-store)/.test(file))
  const sentences = new Set(files.flatMap(allSentencesOf))
  expect(sentences.size).toBeGreaterThan(150)
  language.value = 'zh'
  const english = [...sentences].filter((sentence) => /[a-z]{3,} [a-z]{2,} /.test(told(sentence)))
  expect(english, 'to be added to importReasons.ts or importWarnings.ts').toEqual([])
})

test('several notes of a scan, of which one is two sentences, are each said in Chinese', () => {
  language.value = 'zh'
  expect(
    told(
      'A new version of this case’s label map. The contours lie between the slices of the scan; each slice took the nearest, up to 2 slices away. Look the labels over. Nobody knows this one.',
    ),
  ).toBe('此影像标注的新版本。轮廓位于影像各层之间；每层取最近的，相距最多 2 层。请检查标注。Nobody knows this one.')
})

test('warnings of a scan are said in Chinese, also several at once and lists of causes', () => {
  language.value = 'zh'
  expect(
    told('The series is a single slice. The images were compressed with loss of detail before they came here.'),
  ).toBe('此序列只有一层。图像在导入前经过有损压缩。')
  expect(
    told(
      '2 slices are missing between the others, and the gantry was tilted by 14.0°, so the slices are shifted against each other; they were filled in between their neighbours on a right-angled grid.',
    ),
  ).toBe('其间缺少 2 层，且机架倾斜 14.0°，各层相互错位；已由相邻层面在直角网格上补齐。')
})

test('what is filled into a sentence is said in Chinese too, and stays where it is a name', () => {
  language.value = 'zh'
  expect(told('The folder /data/study could not be written: the disk is full. Free some space and try again.')).toBe(
    '无法写入文件夹 /data/study：磁盘已满。请释放一些空间后重试。',
  )
  expect(told('The scan liver: 2 could not be read again: This is not a DICOM file.')).toBe(
    '无法再次读取影像 liver: 2：这不是 DICOM 文件。',
  )
})

test.each([
  'No labelled case shows Tumour, Cyst: the model can’t learn them. Label each in at least one case.',
  'Nothing is marked in case 3: learnt from as a scan in which no label is seen.',
  '4 of the 23 scans do not fit in memory beside the others: they are read from disk (12.4 GB) while it learns.',
  '38 parameter tensors taken over from the pretraining (20 of the encoder, 16 of the decoder, 2 of its head); none starts at random.',
  '20 parameter tensors taken over from the pretraining (20 of the encoder, 0 of the decoder); 18 start at random (decoder and head); 4 of the pretraining have no place here (head). The first convolution was repeated over channels: the pretraining saw 1.',
  'Pretraining ended after 140 of 400 steps: on scans that it does not learn from, the network gives the right answer more than 98 % of the time, so it has nothing more to learn from this task.',
  'With fewer than ten scans all are learnt from, so it is not measured how well the task is answered on other scans.',
  'Self-training: before the first step the network labels 9 scans that have no label, helped by the labels of yours carried over to them; it then goes on learning from those and from yours, half and half.',
  'Self-training: after 20 of 40 steps the network labels one scan that has no label; it then goes on learning from those and from yours, half and half.',
  'Self-training was left out: the network does not know the labels that it was taught well enough yet to label other scans. It goes on learning from yours.',
  'Learns your labels from 3 labelled scans, 1 of them labelled in part.',
  'The labelled slices lie in one part of each scan, 24 % of its length at most. The network is never shown the rest, and may mark anything there: label some slices near both ends, too, also where there is nothing to mark.',
  'case 3 can’t be predicted on this computer, so it is not watched while the network learns.',
  'The start that the automatic choice prepared has learnt from labels of cases that this training may not know. It is left out, and the training starts from scratch.',
])('what a training says on the way is said in Chinese: %s', (sentence) => {
  language.value = 'zh'
  expect(told(sentence)).not.toMatch(/[a-z]{4,} [a-z]{3,}/)
  for (const figure of sentence.match(/(?<=^|; )\d+/g) ?? []) expect(told(sentence)).toContain(figure)
})

test('why the automatic choice fell as it did, and what a training is at, is said in Chinese', () => {
  language.value = 'zh'
  const carried =
    'Automatic choice: labels carried over. On labelled cases hidden in turn, labels carried over from the other ones bettered what the network found (mean Dice after 20 steps: scratch 0.678, scratch with labels carried over 0.827). So the pretraining has learnt from your labels for 540 steps already, and from further scans to which they were carried over; a training from scratch has the steps of fine-tuning alone.'
  expect(told(carried)).toMatch(/^自动选择：传递标注。.*0\.827.*540 步/)
  const allLabelled =
    'Automatic choice: no pretraining. All training scans are labelled, so there is none to carry labels over to, and no pretext task has shown to teach more than the labels themselves: the training starts from scratch.'
  expect(told(allLabelled)).toMatch(/^自动选择：不作预训练。所有/)
  const measured =
    'Mean Dice 0.801 on 3 labelled cases (each predicted without its own label); from scratch 0.795. The difference (+0.006) is within chance for so few cases: no better than from scratch, and no worse.'
  const tooLow =
    'The score was measured without that pretraining, which knows the label of every labelled case: it is rather too low.'
  const sawHidden =
    'The pretraining saw the hidden scans, too, without their labels: the score may be a little too good.'
  const ownTwin = 'There is no twin to compare with: this training itself started from scratch.'
  expect(told(`${measured} ${carried} ${tooLow} ${sawHidden} ${ownTwin}`)).not.toMatch(/[a-z]{3,} [a-z]{3,}/)
  expect(told('Estimating, round 1 of 3 (labels carried over, from scratch)')).toBe(
    '交叉验证，第 1 / 3 轮（传递标注，起点：从零开始）',
  )
  expect(told('Pretraining (2 of 3: cpc)')).toBe('预训练（第 2 / 3 项：预测相邻图块 (CPC)）')
})
