/** What to know of a scan that was read all the same, in Chinese: as in refusals.ts. Said by main/imaging and main/workers. */
export const importWarnings: readonly (readonly [english: string, chinese: string])[] = [
  ['The series is a single slice.', '此序列只有一层。'],
  ['The image is a single slice.', '此图像只有一层。'],
  ['The series has two slices only.', '此序列只有两层。'],
  ['The file does not say how thick its slice is; 1 mm is assumed.', '文件未说明层厚；按 1 mm 处理。'],
  [
    'Slices may be missing: {} damaged files of the series left out.',
    '可能缺少层面：此序列中有 $1 个损坏的文件未读取。',
  ],
  ['Slices may be missing: a damaged file of the series left out.', '可能缺少层面：此序列中有 1 个损坏的文件未读取。'],
  [
    'The series mixes images of {} sizes or directions; each is read as a volume of its own.',
    '此序列混有 $1 种大小或方向的图像；各自读为一个体数据。',
  ],
  [
    'The series holds {} groups of slices far apart; each is read as a volume of its own.',
    '此序列含有 $1 组相距较远的层面；各自读为一个体数据。',
  ],
  [
    'The series holds {} stacks of slices; each is read as a volume of its own.',
    '此序列含有 $1 叠层面；各自读为一个体数据。',
  ],
  [
    'The series holds {} kinds of image (echoes, b-values, kinds or incomplete repetitions); each is read as a volume of its own.',
    '此序列含有 $1 种图像（回波、b 值、类型或不完整的重复）；各自读为一个体数据。',
  ],
  [
    '{} volumes over time (or diffusion directions) were read as channels of one scan.',
    '$1 个时间点（或扩散方向）的体数据读为一个影像的通道。',
  ],
  ['{} file is a copy of another and was left out.', '$1 个文件与其他文件重复，未读取。'],
  ['{} files are copies of others and were left out.', '$1 个文件与其他文件重复，未读取。'],
  ['The images were compressed with loss of detail before they came here.', '图像在导入前经过有损压缩。'],
  [
    'The images are stored with white as the lowest value; their values are kept as they are.',
    '图像以白色为最低值存储；数值保持不变。',
  ],
  ['{}; they were resampled onto a right-angled grid.', '$1；已重采样到直角网格。'],
  ['{}; they were filled in between their neighbours on a right-angled grid.', '$1；已由相邻层面在直角网格上补齐。'],
  ['{}; they were filled in between their neighbours.', '$1；已由相邻层面补齐。'],
  ['{}; they were resampled to even distances on a right-angled grid.', '$1；已在直角网格上重采样为等间距。'],
  ['{}; they were resampled to even distances.', '$1；已重采样为等间距。'],
  [
    '{}, and the gantry was tilted by {}°, so the slices are shifted against each other',
    '$1，且机架倾斜 $2°，各层相互错位',
  ],
  ['The gantry was tilted by {}°, so the slices are shifted against each other', '机架倾斜 $1°，各层相互错位'],
  ['The slices are {} to {} mm apart, not evenly spaced', '层距为 $1 至 $2 mm，不均匀'],
  ['{} slice is missing between the others', '其间缺少 $1 层'],
  ['{} slices are missing between the others', '其间缺少 $1 层'],
  ['{} voxels hold no number (NaN or infinite); they are read as 0.', '$1 个体素不含数值（NaN 或无穷大）；读为 0。'],
  [
    'The voxel axes are not at right angles ({}° off); the picture is shown unsheared.',
    '体素轴不成直角（偏 $1°）；图像按直角显示。',
  ],
  [
    'The two position records of the file (sform and qform) disagree about its orientation; the sform is used.',
    '文件的两个位置记录（sform 与 qform）方向不一致；采用 sform。',
  ],
  [
    'The first position record of the file (sform) is damaged and was passed over.',
    '文件的第一个位置记录（sform）已损坏，未采用。',
  ],
  [
    'The position record of the file (qform) is damaged and was passed over.',
    '文件的位置记录（qform）已损坏，未采用。',
  ],
  [
    'The file does not say how the scan lies in the patient; left and right may be exchanged.',
    '文件未说明影像在患者中的方位；左右可能颠倒。',
  ],
  [
    'The file gives no voxel size along one of its axes; 1 mm is assumed where nothing else says so.',
    '文件缺少某一轴的体素大小；无其他说明时按 1 mm 处理。',
  ],
  ['The file measures in {}; converted to mm.', '文件以 $1 为单位；已换算为 mm。'],
  [
    'The file says that it measures in {}, which cannot be right; mm is assumed.',
    '文件称以 $1 为单位，这不可能；按 mm 处理。',
  ],
  ['metres', '米'],
  ['micrometres', '微米'],
  [
    'The file holds {} volumes (channels or points in time); each is read as a channel.',
    '文件含有 $1 个体数据（通道或时间点）；各自读为一个通道。',
  ],
  ['The file holds {} values per voxel; each is read as a channel.', '文件每个体素含有 $1 个值；各自读为一个通道。'],
  ['Channel {} was resampled onto the grid of channel 1.', '通道 $1 已重采样到通道 1 的网格。'],

  // What is in the project already.
  ['Already in the project as "{}".', '已在项目中，名为“$1”。'],
  ['Already in the project.', '已在项目中。'],
  ['It was in the trash, and was brought back with its labels.', '它原在回收站中，已连同标注恢复。'],

  // Labels.
  ['A new version of this case’s label map.', '此影像标注的新版本。'],
  ['It is empty: no voxel has a label.', '标注为空：没有体素被标注。'],
  [
    'Voxels with the value 255 are taken as not looked at: nothing is learnt from them.',
    '数值为 255 的体素视为未查看：不会从中学习。',
  ],
  [
    'The {} lie between the slices of the scan; each slice took the nearest, up to {} slices away. Look the labels over.',
    '$1位于影像各层之间；每层取最近的，相距最多 $2 层。请检查标注。',
  ],
  ['slices of the segmentation', '分割的层面'],
  ['contours', '轮廓'],
  ['The segments were renumbered from 1, since their numbers go beyond 254.', '分段编号超过 254，已从 1 重新编号。'],
  ['The segmentation holds fractions; voxels of one half and more were taken.', '分割含有小数值；取不小于一半的体素。'],
  [
    '{} voxels belong to more than one segment; they went to the smaller one.',
    '$1 个体素属于多个分段；归入较小的一个。',
  ],
  [
    '{} voxels lie in more than one structure; they went to the smaller one.',
    '$1 个体素属于多个结构；归入较小的一个。',
  ],
  [
    "{} contours lie outside the scan or enclose no voxel's centre; they were left out.",
    '$1 条轮廓位于影像之外或未包含任何体素中心；未读取。',
  ],
  ['{} points or open contours enclose nothing and were left out.', '$1 个点或未闭合的轮廓不包含任何区域，未读取。'],
  ['It names no scan that is here; it was matched by where it lies.', '它所指的影像不在此处；已按位置匹配。'],
  [
    "{} voxels are labelled in more than one file; the first file's label stands.",
    '$1 个体素在多个文件中有标注；以第一个文件为准。',
  ],
]
