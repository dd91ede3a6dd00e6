-- @noindex
-- A hit as the texts of one row. Pure.

local M = {}

M.COLUMNS = { "Name", "Similar", "Length", "Tempo", "Key" }

local NOTES = { [0] = "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B" }

-- "0.35 s", "12.4 s", "3:05".
function M.length(seconds)
  if seconds < 10 then return ("%.2f s"):format(seconds) end
  if seconds < 60 then return ("%.1f s"):format(seconds) end
  local whole = math.floor(seconds + 0.5)
  return ("%d:%02d"):format(whole // 60, whole % 60)
end

-- The nearest note of equal temperament at A4 = 440 Hz, such as "F#2".
function M.note(hz)
  local midi = math.floor(69 + 12 * math.log(hz / 440, 2) + 0.5)
  return NOTES[midi % 12] .. tostring(midi // 12 - 1)
end

-- The file's name, with a mark where the file is away.
local function name(hit)
  local plain = hit.path:match("([^/\\]+)$") or hit.path
  if not hit.state or hit.state == "present" then return plain end
  return ("%s (%s)"):format(plain, hit.state)
end

-- Name, similarity, length, tempo and key, in the order of COLUMNS; "" for unknown.
function M.cells(hit)
  return {
    name(hit),
    ("%d %%"):format(math.floor(math.max(0, math.min(1, hit.score)) * 100 + 0.5)),
    M.length(hit.duration_s),
    hit.bpm and ("%d"):format(math.floor(hit.bpm + 0.5)) or "",
    hit.key or hit.root_hz and M.note(hit.root_hz) or "",
  }
end

-- The middle loudness of the hits that have one; nil where none has. What audition is matched to.
function M.reference_db(hits)
  local all = {}
  for _, hit in ipairs(hits) do all[#all + 1] = hit.loudness_db end
  table.sort(all)
  return all[(#all + 1) // 2]
end

-- What a hit is and the folder that it lies in, for the line below the list.
function M.place(hit)
  local folder = hit.path:match("^(.*)[/\\][^/\\]+$") or ""
  return hit.category and ("%s   %s"):format(hit.category, folder) or folder
end

return M
