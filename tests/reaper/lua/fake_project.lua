-- A project as scripts see it: tracks, items, takes, sources, an undo stack and the counters that must balance.
-- Changes outside an undo block, destroyed sources in use and sources nobody owns are kept as violations.

local M = {}

local Project = {}
Project.__index = Project

-- `media` is path -> {length=, type=, offline=}; `fail(text)` records a violation.
function M.new(media, fail)
  return setmetatable({ media = media, fail = fail, tracks = {}, items = {}, sources = {}, undo = {}, depth = 0,
    refresh = 0, cursor = 0, bpm = 120, play_state = 0, previews = {}, peaks = 0, arrange_updates = 0 }, Project)
end

function Project:source(path, kind, parent, section)
  local media = self.media[path]
  local source = { kind = "PCM_source", path = path, type = kind or (media and media.type) or "WAVE", parent = parent,
    section = section, length = section and section.len or (media and media.length) or 0 }
  self.sources[#self.sources + 1] = source
  if parent then parent.owner = source end
  return source
end

function Project:track(name)
  local track = { kind = "MediaTrack", name = name, items = {}, fx = {} }
  self.tracks[#self.tracks + 1] = track
  return track
end

-- options: path, source, position, length, offset, rate, selected, values, empty, midi.
function Project:item(track, options)
  local item = { kind = "MediaItem", track = track, takes = {}, selected = options.selected ~= false,
    values = { D_POSITION = options.position or 0, D_LENGTH = options.length or 1, B_LOOPSRC = options.loop or 1, D_VOL = 0.5,
      D_FADEINLEN = 0.01, D_FADEOUTLEN = 0.02 } }
  self.items[#self.items + 1] = item
  track.items[#track.items + 1] = item
  if not options.empty then
    local source = options.source or self:source(options.path, options.midi and "MIDI" or nil)
    self:take(item, source, { D_STARTOFFS = options.offset or 0, D_PLAYRATE = options.rate or 1, D_PITCH = options.pitch or 0,
      D_VOL = 0.8 }, options.name, options.midi)
  end
  return item
end

function Project:take(item, source, values, name, midi)
  local take = { kind = "MediaItem_Take", item = item, source = source, values = values, midi = midi, markers = 0,
    strings = { P_NAME = name or (source.path or ""):match("[^/\\]*$") } }
  source.owner = take
  item.takes[#item.takes + 1] = take
  return take
end

function Project:delete_item(item)
  item.dead = true
  for _, take in ipairs(item.takes) do take.dead = true end
  for n, other in ipairs(self.items) do
    if other == item then table.remove(self.items, n) end
  end
end

function Project:selected()
  local out = {}
  for _, item in ipairs(self.items) do
    if item.selected then out[#out + 1] = item end
  end
  return out
end

-- Everything that undo brings back, as text.
function Project:dump()
  local out = {}
  local function values(label, list)
    local keys = {}
    for key in pairs(list) do keys[#keys + 1] = key end
    table.sort(keys)
    for _, key in ipairs(keys) do local value = list[key]
      if type(value) == "number" then value = ("%.6g"):format(value) end
      out[#out + 1] = ("%s %s=%s"):format(label, key, value) end
  end
  for n, track in ipairs(self.tracks) do
    out[#out + 1] = ("track %d %s items %d"):format(n, track.name or "", #track.items)
    for f, fx in ipairs(track.fx) do out[#out + 1] = ("  fx %d %s %s"):format(f, fx.name, fx.file or "") end
  end
  for n, item in ipairs(self.items) do
    values("item " .. n, item.values)
    for t, take in ipairs(item.takes) do
      values(("take %d.%d"):format(n, t), take.values)
      values(("take %d.%d"):format(n, t), take.strings)
      out[#out + 1] = ("take %d.%d source=%s"):format(n, t, take.source and (take.source.path or take.source.type) or "")
    end
  end
  return table.concat(out, "\n")
end

function Project:touch(what)
  if self.depth ~= 1 then self.fail(what .. " changes the project outside one undo block") end
end

-- What must hold when a script has ended.
function Project:check_end()
  if self.depth ~= 0 then self.fail("undo blocks are not balanced") end
  if self.refresh ~= 0 then self.fail("PreventUIRefresh is not balanced") end
  for _, source in ipairs(self.sources) do
    if not source.destroyed and not source.owner then self.fail("a source of " .. tostring(source.path) .. " was left behind") end
  end
  for _, source in ipairs(self.sources) do
    if source.peaks and not source.destroyed then self.fail("peaks of " .. source.path .. " were not finished") end
  end
  for _, preview in ipairs(self.previews) do
    if preview.playing then self.fail("a preview plays on") end
  end
end

return M
