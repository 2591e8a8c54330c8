/** Why a file was not read, or what to know of it, in Chinese: as in refusals.ts. Said by main/imaging and main/workers. */
export const importReasons: readonly (readonly [english: string, chinese: string])[] = [
  ['The file could not be read: {}', '无法读取此文件：$1'],
  ['This is neither a file nor a folder.', '这既不是文件，也不是文件夹。'],
  ['It is a link whose target is missing or cannot be read.', '这是一个链接，其目标不存在或无法读取。'],
  [
    'These are the voxels of an image whose header (.hdr) is missing; import both together.',
    '这是图像的体素数据，缺少头文件（.hdr）；请一并导入。',
  ],
  ['It is too large for the memory of this computer.', '文件过大，超出本机内存。'],
  [
    'It could not be read; the file is probably damaged. If other programs open it, please report this.',
    '无法读取；文件可能已损坏。若其他软件能打开它，请告知我们。',
  ],

  // NIfTI and other single files.
  ['The file is empty (0 bytes); copy it again from its source.', '文件为空（0 字节）；请从原处重新复制。'],
  [
    'The file is too short to be a NIfTI image; it may not have been copied in full.',
    '文件过短，不是完整的 NIfTI 图像；可能未复制完整。',
  ],
  ['This is not a NIfTI image, whatever its name says.', '无论名称如何，这不是 NIfTI 图像。'],
  [
    'This is an ANALYZE 7.5 header, which does not say which side is left; convert it to NIfTI with the program that made it.',
    '这是 ANALYZE 7.5 头文件，不能区分左右；请用生成它的软件转换为 NIfTI。',
  ],
  [
    'This is a CIFTI file (values on a brain surface or a connection matrix), not a scan.',
    '这是 CIFTI 文件（脑表面数值或连接矩阵），不是影像。',
  ],
  ['The header is damaged: its number of dimensions is impossible.', '头文件已损坏：维数不可能。'],
  ['The header is damaged: the image has no voxels along one of its axes.', '头文件已损坏：图像在某一轴上没有体素。'],
  ['The header is damaged: it names a kind of number that does not exist.', '头文件已损坏：其数值类型不存在。'],
  ['The header is damaged: the place where the voxels begin is impossible.', '头文件已损坏：体素的起始位置不可能。'],
  ['This is a single line of numbers, not an image.', '这是一行数字，不是图像。'],
  [
    'The image has more than four dimensions; save the volumes that you need as files of their own.',
    '图像超过四维；请将需要的体数据另存为单独的文件。',
  ],
  [
    'The image would need {} of memory, more than the {} allowed; its header may be damaged.',
    '图像需要 $1 内存，超过允许的 $2；其头文件可能已损坏。',
  ],
  [
    'This is only the header of an image; its voxels are in a file of the same name ending in .img. Import both together.',
    '这只是图像的头文件；体素在同名的 .img 文件中。请一并导入。',
  ],
  [
    'The file ends before its last voxel; it was probably not copied in full. Copy it again from its source.',
    '文件在最后一个体素之前结束，可能未复制完整。请从原处重新复制。',
  ],
  [
    'The packed (.gz) file is damaged or cut short; copy it again from its source.',
    '压缩文件（.gz）已损坏或不完整；请从原处重新复制。',
  ],
  [
    'The image holds 64-bit numbers too large to be read exactly; save it as 32-bit integers or float.',
    '图像含有过大的 64 位数值，无法精确读取；请另存为 32 位整数或浮点数。',
  ],
  [
    'This is an HDF5, MINC or NetCDF file, which is not read; save the scan as NIfTI (.nii.gz).',
    '这是 HDF5、MINC 或 NetCDF 文件，不受支持；请将影像另存为 NIfTI（.nii.gz）。',
  ],
  ['This is a packed archive; unpack it and import the folder.', '这是压缩包；请解压后导入文件夹。'],
  ['This is {} picture, not a scan: it has no size in millimetres.', '这是普通图片，不是影像：没有以毫米计的尺寸。'],
  ['This is a video or sound file, not a scan.', '这是视频或声音文件，不是影像。'],
  ['This is a PDF document, not a scan.', '这是 PDF 文档，不是影像。'],
  ['This is an office document, not a scan.', '这是办公文档，不是影像。'],
  [
    'This is an NRRD file, which is not read; save the scan as NIfTI (.nii.gz) in the program that made it.',
    '这是 NRRD 文件，不受支持；请用生成它的软件另存为 NIfTI（.nii.gz）。',
  ],
  [
    'This is a MetaImage file, which is not read; save the scan as NIfTI (.nii.gz).',
    '这是 MetaImage 文件，不受支持；请将影像另存为 NIfTI（.nii.gz）。',
  ],
  [
    'This is a NumPy array without any voxel size; save the scan as NIfTI (.nii.gz).',
    '这是没有体素大小的 NumPy 数组；请将影像另存为 NIfTI（.nii.gz）。',
  ],
  [
    'This is a FreeSurfer file, which is not read; convert it to NIfTI (mri_convert).',
    '这是 FreeSurfer 文件，不受支持；请转换为 NIfTI（mri_convert）。',
  ],
  ['This is a database, not a scan.', '这是数据库，不是影像。'],
  ['This is a program, not a scan.', '这是程序，不是影像。'],
  ['This is a text file, not a scan.', '这是文本文件，不是影像。'],
  ['This is a tar archive; unpack it and import the folder.', '这是 tar 压缩包；请解压后导入文件夹。'],
  ['This is a zip archive; unpack it and import the folder.', '这是 zip 压缩包；请解压后导入文件夹。'],
  ['This is a DICOM file packed by gzip; unpack it first.', '这是用 gzip 压缩的 DICOM 文件；请先解压。'],
  [
    'This is neither NIfTI nor DICOM, or it is too damaged to tell.',
    '这既不是 NIfTI 也不是 DICOM，或已损坏到无法辨认。',
  ],
  ['The image stores single bits, which Handful does not read.', '图像以单个二进制位存储，Handful 不支持。'],
  [
    'The image holds complex numbers; save its magnitude as a NIfTI file and import that.',
    '图像为复数；请将其幅值另存为 NIfTI 文件后导入。',
  ],
  [
    'The image holds colours ({}), not measured values; Handful reads greyscale scans.',
    '图像为彩色（$1），不是测量值；Handful 读取灰度影像。',
  ],
  [
    'The image holds 128-bit numbers, which Handful does not read; save it as 32-bit float.',
    '图像为 128 位数值，Handful 不支持；请另存为 32 位浮点。',
  ],
  ['It could not be read: {}', '无法读取：$1'],

  // Several scans as channels of one case.
  ['Its channel {} is not there; all of {} are needed.', '缺少通道 $1；需要全部通道：$2。'],
  ['Its channels {} are not there; all of {} are needed.', '缺少通道 $1；需要全部通道：$2。'],
  ['Channel {} holds {} volumes (4D) itself; one is needed.', '通道 $1 本身含有 $2 个体数据（四维）；只能有一个。'],
  [
    'Channel {} lies on another grid ({}) than channel 1 ({}). Use --resample-channels to bring all onto the first, if they are registered.',
    '通道 $1 的网格（$2）与通道 1（$3）不同。若它们已配准，请选择将全部通道重采样到第一个的网格。',
  ],
  ['Channel {} covers only {} % of channel 1.', '通道 $1 只覆盖通道 1 的 $2%。'],
  [
    'More than one series of the study is called “{}”; name the channels more exactly.',
    '此检查中有多个序列名为“$1”；请更准确地命名通道。',
  ],

  // DICOM files.
  [
    'The images are in colour ({}), not measured values; Handful reads greyscale scans.',
    '图像为彩色（$1），不是测量值；Handful 读取灰度影像。',
  ],
  [
    'The images store {} bits per pixel; 8, 16 and 32 are read. Save them with one of these, or as NIfTI.',
    '图像每像素 $1 位；支持 8、16 和 32 位。请另存为其中一种，或 NIfTI。',
  ],
  ['The file is damaged: it claims to hold {} frames.', '文件已损坏：声称含有 $1 帧。'],
  ['This is not a DICOM file.', '这不是 DICOM 文件。'],
  [
    'The deflated DICOM file unpacks to more than any slice needs; it is probably damaged.',
    '压缩的 DICOM 文件解压后过大，可能已损坏。',
  ],
  ['The deflated DICOM file is damaged; copy it again from its source.', '压缩的 DICOM 文件已损坏；请从原处重新复制。'],
  ['The DICOM file is damaged: it holds nothing after its first bytes.', 'DICOM 文件已损坏：开头之后没有内容。'],
  ['This is a localizer (an overview picture for planning), set aside.', '这是定位像，已搁置。'],
  [
    'This is a secondary capture (a screenshot or a derived picture), not a scan, set aside.',
    '这是二次采集（截图或衍生图片），不是影像，已搁置。',
  ],
  [
    'The file is damaged: it breaks off before its image. Copy it again from its source.',
    '文件已损坏：在图像之前中断。请从原处重新复制。',
  ],
  [
    'The image holds floating point pixels, which are not read; export it as NIfTI.',
    '图像为浮点像素，不受支持；请导出为 NIfTI。',
  ],
  ['This DICOM file holds no image.', '此 DICOM 文件不含图像。'],
  [
    'The image is compressed although the file says that it is not; the file is damaged.',
    '文件称图像未压缩，实际已压缩；文件已损坏。',
  ],
  [
    'The image is not compressed although the file says that it is; the file is damaged.',
    '文件称图像已压缩，实际未压缩；文件已损坏。',
  ],
  [
    'The file is damaged: it does not say how many rows and columns its image has.',
    '文件已损坏：未说明图像的行数和列数。',
  ],
  [
    'The file ends before its last pixel; it was probably not copied in full. Copy it again from its source.',
    '文件在最后一个像素之前结束，可能未复制完整。请从原处重新复制。',
  ],
  [
    'The file does not say how large its pixels are (no valid Pixel Spacing), so nothing could be measured in it.',
    '文件未说明像素大小（没有有效的 Pixel Spacing），因此无法测量。',
  ],
  [
    'The file does not say where its image lies in the patient (no valid position and orientation), so it cannot be part of a 3D scan.',
    '文件未说明图像在患者中的位置（没有有效的位置和方向），因此不能构成三维影像。',
  ],
  ['The file is damaged: it does not say how its pixels are stored.', '文件已损坏：未说明像素的存储方式。'],
  ['The file is damaged: its pixels have more bits than room for them.', '文件已损坏：像素位数超出其空间。'],
  [
    'The images store 32 bits per pixel in compressed form, which is not read; save them uncompressed or as NIfTI.',
    '图像为压缩的 32 位像素，不受支持；请另存为未压缩格式或 NIfTI。',
  ],
  [
    'The values of the images are given by a lookup table, which this version does not read; export them as NIfTI.',
    '图像的数值由查找表给出，本版本不支持；请导出为 NIfTI。',
  ],
  [
    'The images are compressed ({}) in a way that is not read; save them uncompressed or as NIfTI.',
    '图像的压缩方式（$1）不受支持；请另存为未压缩格式或 NIfTI。',
  ],
  [
    'The images are encoded in a way that is not read; save them uncompressed or as NIfTI.',
    '图像的编码方式不受支持；请另存为未压缩格式或 NIfTI。',
  ],
  ['The file is damaged: it does not describe all of the frames that it holds.', '文件已损坏：未描述其全部帧。'],
  [
    'The file does not say where its frames lie in the patient (no valid position, orientation and pixel size), so they cannot make a 3D scan.',
    '文件未说明各帧在患者中的位置（没有有效的位置、方向和像素大小），因此不能构成三维影像。',
  ],
  [
    'This is a multi-frame image ({} frames) that does not say where its frames lie in the patient, so they cannot make a 3D scan.',
    '这是多帧图像（$1 帧），未说明各帧在患者中的位置，因此不能构成三维影像。',
  ],
  [
    'This is a DICOM directory (DICOMDIR), an index of other files; import the folder instead.',
    '这是 DICOM 目录（DICOMDIR），是其他文件的索引；请导入文件夹。',
  ],
  [
    'This is a DICOM directory. {} not there; copy the whole medium.',
    '这是 DICOM 目录，其所列的一些文件不存在；请复制整个介质。',
  ],
  [
    'This is a DICOM surface segmentation, not a scan; surfaces are not read.',
    '这是 DICOM 表面分割，不是影像；不支持表面。',
  ],
  [
    'This is a DICOM registration (how two scans fit together), not a scan.',
    '这是 DICOM 配准（两个影像如何对齐），不是影像。',
  ],
  ['This is raw or derived DICOM data without an image.', '这是不含图像的原始或衍生 DICOM 数据。'],
  [
    'These are contours (RTSTRUCT), which are labels of a scan and no scan.',
    '这是轮廓（RTSTRUCT），是影像的标注，不是影像。',
  ],
  ['This is a radiotherapy dose (RTDOSE), not a scan.', '这是放疗剂量（RTDOSE），不是影像。'],
  ['This is a radiotherapy plan, not a scan.', '这是放疗计划，不是影像。'],
  ['This is a radiotherapy object, not a scan.', '这是放疗对象，不是影像。'],
  ['This is MR spectroscopy, not an image.', '这是磁共振波谱，不是图像。'],
  ['This is a structured report, not a scan.', '这是结构化报告，不是影像。'],
  [
    'This is a presentation state (how to show another image), not a scan.',
    '这是显示状态（如何显示另一图像），不是影像。',
  ],
  ['This is a document, not a scan.', '这是文档，不是影像。'],
  ['This is a waveform (ECG, voice…), not a scan.', '这是波形（心电图、语音等），不是影像。'],
  ['This is a photograph or microscopy picture, not a scan.', '这是照片或显微图片，不是影像。'],
  ['This is a parametric map, which this version does not read yet.', '这是参数图，本版本尚不支持。'],
  [
    'This is a projection radiograph, a single picture without depth, not a 3D scan.',
    '这是投影 X 线片，没有深度，不是三维影像。',
  ],
  [
    'This is an angiography or fluoroscopy picture, without depth, not a 3D scan.',
    '这是血管造影或透视图像，没有深度，不是三维影像。',
  ],
  ['This is ultrasound video, not a 3D scan.', '这是超声视频，不是三维影像。'],
  ['This is an ultrasound picture, not a 3D scan.', '这是超声图像，不是三维影像。'],
  ['This is a DICOM segmentation: labels of a scan and no scan.', '这是 DICOM 分割：影像的标注，不是影像。'],
  [
    'This is a Siemens mosaic without a valid position and orientation, so it cannot be placed.',
    '这是没有有效位置和方向的西门子拼图，无法定位。',
  ],
  [
    'This is a Siemens mosaic that does not say how many slices it holds; export it as NIfTI.',
    '这是未说明层数的西门子拼图；请导出为 NIfTI。',
  ],
  [
    'This is a Siemens mosaic that does not say how far apart its slices are; export it as NIfTI.',
    '这是未说明层间距的西门子拼图；请导出为 NIfTI。',
  ],

  // DICOM series.
  [
    'The compressed image of a slice is damaged and cannot be decoded; copy the series again from its source.',
    '某一层的压缩图像已损坏，无法解码；请从原处重新复制此序列。',
  ],
  [
    'A file of the series is damaged, or changed while it was imported; copy it again and import it again.',
    '序列中有文件已损坏，或在导入时被更改；请重新复制并导入。',
  ],
  [
    'These images of the series point in different directions (a localizer or a rotating view), so they do not make a volume; set aside.',
    '序列中的这些图像方向不同（定位像或旋转视图），不能构成体数据；已搁置。',
  ],
  [
    'All {} images show the same slice (repeated or monitoring), so they do not make a volume.',
    '全部 $1 幅图像为同一层（重复或监测），不能构成体数据。',
  ],
  [
    'Several images lie at the same place and nothing in the files tells which belong together.',
    '多幅图像位于同一位置，文件中没有说明哪些属于一组。',
  ],
  [
    'These slices lie far away from the rest of their series, too few to make a volume; set aside.',
    '这些层远离序列的其余部分，数量太少，不能构成体数据；已搁置。',
  ],
  ['The series is too large to be held in memory (more than 4 GB).', '序列过大，无法放入内存（超过 4 GB）。'],
  ['The file cannot be read as a slice.', '此文件无法作为一层读取。'],
  ['The files no longer make a volume.', '这些文件不再构成体数据。'],
  ['The positions of the slices make no sense; the files are probably damaged.', '各层的位置不合理；文件可能已损坏。'],
  ['The slices are shifted too far against each other to make one volume.', '各层之间错位过大，不能构成一个体数据。'],
  [
    'The slices are shifted against each other sideways, so they do not make one volume.',
    '各层之间横向错位，不能构成一个体数据。',
  ],
  ['The slices are shifted against each other too far to make one volume.', '各层之间错位过大，不能构成一个体数据。'],
  [
    'This is no even stack: {}. Please {}.',
    '各层间距不均匀，不能作为体数据读取。请以均匀层距重建，或转换为 NIfTI 后导入。',
  ],

  // Labels.
  [
    'No scan of this name was found. Name the label map like its scan, or import the scan together with it.',
    '没有找到同名的影像。请将标注命名为与其影像相同，或与影像一起导入。',
  ],
  [
    'It looks like a label map of the case beside it, so it was not read as a scan. Name its folder as that of the label maps.',
    '看来是其旁边影像的标注，因此未作为影像读取。请将其所在文件夹选为标注文件夹。',
  ],
  ['More than one scan has this name. Give the scans names of their own.', '有多个影像使用此名称。请分别命名。'],
  ['Another label map fits this scan’s name better.', '另一个标注与此影像的名称更相符。'],
  [
    'Two label maps have the name of this scan. Keep one of them in the folder.',
    '有两个标注与此影像同名。请在文件夹中只保留一个。',
  ],
  [
    'The scan that it was drawn on is not here, and it lies on the voxels of no other. Import that scan as well.',
    '其所标注的影像不在此处，也不与其他影像的体素相符。请一并导入该影像。',
  ],
  [
    'The scan that it was drawn on is not here. Import that scan as well.',
    '其所标注的影像不在此处。请一并导入该影像。',
  ],
  [
    'It holds 0 and 255 alone. 255 stands for voxels that nobody has looked at; if it is a mask, save it with the value 1 instead.',
    '其中只有 0 和 255。255 表示无人看过的体素；若它是掩膜，请将数值改存为 1。',
  ],
  [
    'It holds the value {}; label values must lie between 0 and 254 (255: not looked at). Renumber the labels.',
    '其中有数值 $1；标签数值须在 0 到 254 之间（255：未查看）。请重新编号。',
  ],
  [
    'It holds the value {}, which is not a whole number: this is no label map.',
    '其中有数值 $1，不是整数：这不是标注。',
  ],
  [
    'It has as many voxels as its scan but lies elsewhere, up to {} mm away: the position or orientation in the header differs. Export it again from the program that drew it, on the scan’s own grid.',
    '其体素数与影像相同，但位置不同，相距最多 $1 mm：头文件中的位置或方向不一致。请用绘制它的软件在影像自身的网格上重新导出。',
  ],
  [
    'Its grid ({} voxels) is not that of its scan ({}). Resample the label map onto the scan.',
    '其网格（$1 体素）与影像（$2）不同。请将标注重采样到影像上。',
  ],
  [
    'A label map has one value a voxel, but this file has {} (4D). Merge them into one.',
    '标注每个体素只有一个值，而此文件有 $1 个（四维）。请合并为一个。',
  ],
  ['This DICOM file holds no labels (no SEG, no RTSTRUCT).', '此 DICOM 文件不含标注（不是 SEG 或 RTSTRUCT）。'],
  [
    'It names no scan that is here, and lies on the voxels of {} scans alike. Import the scan that it was drawn on.',
    '它所指的影像不在此处，而它与 $1 个影像的体素都相符。请导入其所标注的影像。',
  ],
  ['The project has 254 labels already; no more can be added.', '此项目已有 254 个标签，不能再增加。'],
  ['The RTSTRUCT names no structures; it is empty or damaged.', '此 RTSTRUCT 没有结构；为空或已损坏。'],
  ['The RTSTRUCT holds no closed contours, so nothing could be filled.', '此 RTSTRUCT 没有闭合轮廓，无法填充。'],
  [
    'The RTSTRUCT has {} structures; 254 are the most that can be read.',
    '此 RTSTRUCT 有 $1 个结构；最多可读取 254 个。',
  ],
  [
    'The contours of the RTSTRUCT do not lie in the slices of the scan ({}).',
    '此 RTSTRUCT 的轮廓不在影像的层面上（$1）。',
  ],
  [
    'The contours of the RTSTRUCT are not parallel to the slices of the scan.',
    '此 RTSTRUCT 的轮廓与影像的层面不平行。',
  ],
  ['All contours of the RTSTRUCT lie outside the scan.', '此 RTSTRUCT 的轮廓都在影像之外。'],
  ['The frames of the DICOM segmentation do not lie on evenly spaced slices.', '此 DICOM 分割的各帧层距不均匀。'],
  [
    'The positions in the DICOM segmentation make no sense; it is probably damaged.',
    '此 DICOM 分割中的位置不合理；可能已损坏。',
  ],
  [
    'The DICOM segmentation is too large to be unpacked (more than 4 GB).',
    '此 DICOM 分割过大，无法解压（超过 4 GB）。',
  ],
  ['The DICOM segmentation has no grid of its own: {}.', '此 DICOM 分割没有自己的网格：$1。'],
  [
    'The DICOM segmentation has {} segments; 254 are the most that can be read.',
    '此 DICOM 分割有 $1 个区段；最多可读取 254 个。',
  ],
  ['The DICOM segmentation does not lie on the voxels of the scan: {}.', '此 DICOM 分割与影像的体素不符：$1。'],
  ['This DICOM file is no segmentation.', '此 DICOM 文件不是分割。'],
  [
    'The DICOM segmentation is damaged: it does not say how its voxels are stored.',
    '此 DICOM 分割已损坏：未说明体素的存储方式。',
  ],
  ['The DICOM segmentation is too large to be read (more than 2 GB).', '此 DICOM 分割过大，无法读取（超过 2 GB）。'],
  [
    'The DICOM segmentation holds no voxels; copy it again from its source.',
    '此 DICOM 分割没有体素；请从原处重新复制。',
  ],
  [
    'The DICOM segmentation does not say where its frames lie in the patient.',
    '此 DICOM 分割未说明各帧在患者中的位置。',
  ],
  [
    'The voxels of the DICOM segmentation are damaged or cut short; copy it again from its source.',
    '此 DICOM 分割的体素已损坏或不完整；请从原处重新复制。',
  ],

  // Archives.
  [
    'It is encrypted; unpack the archive with its password and import the folder.',
    '它已加密；请用密码解压后导入文件夹。',
  ],
  [
    'It is packed in a way that is not read; unpack the archive and import the folder.',
    '其压缩方式不受支持；请解压后导入文件夹。',
  ],
  ['Its name leads out of the archive’s folder; it was left out.', '其名称指向压缩包之外；已忽略。'],
  ['It claims a size that it cannot have; the archive is damaged.', '其声称的大小不可能；压缩包已损坏。'],
  [
    'It is damaged in the archive; copy the archive again from its source.',
    '它在压缩包中已损坏；请从原处重新复制压缩包。',
  ],
  ['The archive holds two files of this name; the first was read.', '压缩包中有两个同名文件；已读取第一个。'],
  [
    'The zip archive is damaged or cut short; copy it again from its source.',
    '压缩包已损坏或不完整；请从原处重新复制。',
  ],
  ['The archive could not be unpacked: {}', '无法解压压缩包：$1'],
  ['The zip archive holds {} files, more than are read.', '压缩包含有 $1 个文件，超出可读取的数量。'],
  [
    'The files of the zip archive overlap; it is damaged or made to fill the disk.',
    '压缩包中的文件相互重叠；已损坏或意图占满磁盘。',
  ],
  [
    'Unpacked it needs {}, and {} are free on the project’s disk. Free some space, or unpack it elsewhere and import the folder.',
    '解压后需要 $1，而项目所在磁盘剩余 $2。请释放空间，或在别处解压后导入文件夹。',
  ],
]
