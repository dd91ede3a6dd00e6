-- @noindex
-- What a selected item (or the Media Explorer) sounds like as a question: the file and the part of it that is heard.

local M = {}

local WHOLE_S = 0.002 -- a part that leaves out less than this is the whole file
local SHORTEST_S = 0.005
local SELECTION = 256 -- the Media Explorer has a selection, told in parts of the whole

function M.name(path) return path:match("([^/\\]+)$") or path end

-- The root of a source and how the part that its sections leave maps into it: offset, length, reversed.
local function unwrap(source)
  local offset, length, reversed = 0, nil, false
  local parent = reaper.GetMediaSourceParent(source)
  while parent do
    local ok, start, len, backwards = reaper.PCM_Source_GetSectionInfo(source)
    if ok then
      if len <= 0 then len = reaper.GetMediaSourceLength(parent) end
      offset, length = offset + start, length and math.min(length, len) or len
      reversed = reversed ~= backwards
    end
    source, parent = parent, reaper.GetMediaSourceParent(parent)
  end
  return source, offset, length, reversed
end

-- The part [from, to) of something `length` long that a player hears when it starts at `start` for `duration`.
function M.audible(start, duration, length, reversed)
  if start >= length or start < 0 then start = start % length end
  local stop = math.min(start + duration, length)
  if reversed then start, stop = length - stop, length - start end
  return start, stop
end

-- The question about a take: {path, start_s, end_s, label, reversed}; nil and a reason where there is nothing to hear.
function M.from_take(take)
  if not take then return nil, "the item is empty" end
  if reaper.TakeIsMIDI(take) then return nil, "a MIDI item holds no audio" end
  local source = reaper.GetMediaItemTake_Source(take)
  if not source then return nil, "the item is empty" end
  local root, offset, length, reversed = unwrap(source)
  local path = reaper.GetMediaSourceFileName(root)
  if path == "" then return nil, "the item plays no audio file" end
  if not reaper.file_exists(path) then return nil, "the file of the item is offline: " .. M.name(path) end
  local whole, beats = reaper.GetMediaSourceLength(root)
  if beats or whole <= 0 then return nil, "the file of the item cannot be read: " .. M.name(path) end
  length = length and math.min(length, whole - offset) or whole
  if length <= 0 then return nil, "the item is empty" end
  local item = reaper.GetMediaItemTake_Item(take)
  local duration = reaper.GetMediaItemInfo_Value(item, "D_LENGTH") * reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE")
  local start, stop = M.audible(reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS"), duration, length, reversed)
  start, stop = start + offset, stop + offset
  local query = { path = path, label = M.name(path), reversed = reversed, section = root ~= source, source_s = whole }
  if stop - start < SHORTEST_S then return nil, "the item is too short to compare" end
  if start > WHOLE_S or stop < whole - WHOLE_S then query.start_s, query.end_s = start, stop end
  return query
end

-- The take of an item that is heard; nil for an empty item.
function M.take(item) return reaper.GetActiveTake(item) end

-- Selected items as a list.
function M.selected()
  local items = {}
  for n = 0, reaper.CountSelectedMediaItems(0) - 1 do items[#items + 1] = reaper.GetSelectedMediaItem(0, n) end
  return items
end

-- The question about the first selected item; nil and a reason.
function M.from_selection()
  local item = reaper.GetSelectedMediaItem(0, 0)
  if not item then return nil, "select an audio item first" end
  return M.from_take(M.take(item))
end

local function file_length(path)
  local source = reaper.PCM_Source_CreateFromFile(path)
  if not source then return 0 end
  local seconds, beats = reaper.GetMediaSourceLength(source)
  reaper.PCM_Source_Destroy(source)
  return beats and 0 or seconds
end

-- The question about what the Media Explorer played last (REAPER 7.35 and newer); nil and a reason.
function M.from_explorer()
  if not reaper.MediaExplorerGetLastPlayedFileInfo then return nil, "this needs REAPER 7.35 or newer" end
  local ok, path, mode, from, to = reaper.MediaExplorerGetLastPlayedFileInfo()
  if not ok or path == "" then return nil, "play a file in the Media Explorer first" end
  if not reaper.file_exists(path) then return nil, "the file is gone: " .. M.name(path) end
  local query = { path = path, label = M.name(path) }
  local seconds = mode & SELECTION ~= 0 and from < to and file_length(path) or 0
  if (to - from) * seconds > SHORTEST_S then query.start_s, query.end_s = from * seconds, to * seconds end
  return query
end

-- The question about a file that the user picks; nil and a reason.
function M.from_dialog()
  local ok, path = reaper.GetUserFileNameForRead("", "Find sounds similar to this file", "")
  if not ok or path == "" then return nil, "no file chosen" end
  return { path = path, label = M.name(path) }
end

-- A query as the `like` of a question.
function M.like(query)
  if query.id then return { id = query.id } end
  return { path = query.path, start_s = query.start_s, end_s = query.end_s }
end

return M
