/**
 * What the program itself says, in the language of the window. It speaks English; sentences that are known here are said
 * anew, others stay as they came: an English reason is better than none.
 */
import { language } from './index.ts'

/** Pattern of the whole sentence → Chinese; $1, $2 … are what the brackets held. */
const chinese: readonly (readonly [RegExp, string])[] = [
  // Stages of a training (main/services/training-plan.ts).
  [/^Pretraining$/, '预训练'],
  [/^Fine-tuning$/, '微调'],
  [/^From scratch$/, '从零训练'],
  [/^Predicting$/, '预测'],
  [/^Measuring$/, '评估'],
  [/^Estimating$/, '交叉验证'],
  [/^Learns what (\d+) scans? looks? like, labelled or not\.$/, '学习 $1 例影像的样子，不论有无标注。'],
  [/^Learns your labels from (\d+) labelled cases?\.$/, '从 $1 例已标注影像学习您的标注。'],
  [
    /^The same steps without pretraining, to see whether it helped\.$/,
    '同样的步骤，不作预训练，用来看预训练是否有帮助。',
  ],
  [/^Proposes labels for (\d+) cases?; nothing of yours is changed\.$/, '为 $1 例影像给出建议；您的标注不会改变。'],
  [/^Compares with your labels of (\d+) validation cases?\.$/, '与您在 $1 例验证影像上的标注比较。'],
  [/^There is no case to learn from\..*$/, '没有可供学习的影像。请导入影像，或把一些影像从“留作验证”中取消。'],
  [/^No training case has a label yet\..*$/, '训练影像都还没有标注。请至少标注一例（三例更好），或导入标注文件。'],
  [/^The project has no labels yet\. Make a label set first\.$/, '此项目还没有标签。请先建立标签。'],
  [/^The label maps of all training cases are empty\..*$/, '所有训练影像的标注都是空的。请至少在一例中勾画。'],
  // What computes.
  [/^CPU, (\d+) threads?(.*)$/, 'CPU，$1 线程$2'],
  // Importing (main/workers/importer).
  [/^Looking for files$/, '正在查找文件'],
  [/^The file could not be read: (.*)$/, '无法读取此文件：$1'],
  [/^This is neither a file nor a folder\.$/, '这既不是文件，也不是文件夹。'],
  [
    /^These are the voxels of an image whose header \(\.hdr\) is missing; import both together\.$/,
    '这是图像的体素数据，缺少头文件（.hdr）；请一并导入。',
  ],
  [/^It is too large for the memory of this computer\.$/, '文件过大，超出本机内存。'],
  [
    /^It could not be read; the file is probably damaged\..*$/,
    '无法读取；文件可能已损坏。若其他软件能打开它，请告知我们。',
  ],
  [/^The file ends early\..*$/, '文件不完整。请从原处重新复制。'],
  // Projects and folders.
  [
    /^The folder (.+) is not empty\. Choose a new or empty folder for the project\.$/,
    '文件夹 $1 不是空的。请为项目选择一个新的或空的文件夹。',
  ],
  [/^(.+) is a file\. Choose a folder\.$/, '$1 是文件。请选择文件夹。'],
  [/^The folder (.+) could not be opened.*$/, '无法打开文件夹 $1。'],
  [/^Handful is not answering\..*$/, 'Handful 没有响应。如已关闭，请重新启动，并打开它显示的地址。'],
]

/** A sentence of the program, to be shown. */
export function told(sentence: string): string {
  if (language.value !== 'zh') return sentence
  const known = chinese.find(([pattern]) => pattern.test(sentence))
  return known ? sentence.replace(known[0], known[1]) : sentence
}
