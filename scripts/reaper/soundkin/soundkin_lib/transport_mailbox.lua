-- @noindex
-- Questions as files in the daemon's private folder: written under one name, renamed to the real one, answered the
-- same way. Looks at nothing while no question is open. Touches only the files it is given and never `reaper`.

local M = {}

local SWEEP_AFTER_S = 60
local serial = 0

local Mailbox = {}
Mailbox.__index = Mailbox

-- `files` offers open, rename, remove, list(folder) -> names, time() -> seconds since the epoch.
-- `options`: separator, prefixes `ask` and `answer`, label, silence_s, most (bytes of a packet), and `posted(request file, answer file)` called after each
-- question. Returns a transport, or nil and a reason where the folder cannot be written.
function M.open(files, folder, options)
  options = options or {}
  local self = setmetatable({
    name = options.name or "mailbox",
    label = options.label or "file mailbox",
    files = files,
    folder = folder,
    separator = options.separator or "/",
    ask = options.ask or "req-",
    answer = options.answer or "res-",
    posted = options.posted,
    silence_s = options.silence_s,
    most = options.most,
    open = {},
    resends = false,
  }, Mailbox)
  local ok, reason = self:write(self:token(), "", ".probe")
  if not ok then return nil, reason end
  self:sweep()
  return self
end

-- A name that no other question has: time, a counter, and chance, so that answers never meet the wrong question.
function Mailbox:token()
  serial = serial + 1
  return ("%08x%04x%08x"):format(self.files.time() & 0xffffffff, serial & 0xffff, math.random(0, 0xffffffff))
end

function Mailbox:path(name) return self.folder .. self.separator .. name end

-- Writes bytes under a name nobody reads; with `suffix` ".probe" removes them again.
function Mailbox:write(token, bytes, suffix)
  local path = self:path(self.ask .. token .. suffix)
  local file, reason = self.files.open(path, "wb")
  if not file then return nil, reason end
  local ok
  ok, reason = file:write(bytes)
  file:close()
  if not ok or suffix == ".probe" then self.files.remove(path) end
  if not ok then return nil, reason end
  return path
end

-- Posts the packets of the question `key`. nil and a reason where that failed.
function Mailbox:send(packets, key)
  self:finish(key)
  local token = self:token()
  local draft, reason = self:write(token, self.frame(packets), ".tmp")
  if not draft then return nil, reason end
  local request, answer = self:path(self.ask .. token .. ".osc"), self:path(self.answer .. token .. ".osc")
  local ok
  ok, reason = self.files.rename(draft, request)
  if not ok then
    self.files.remove(draft)
    return nil, reason
  end
  self.open[key] = { request = request, answer = answer }
  if self.posted then
    ok, reason = self.posted(request, answer)
    if not ok then
      self:finish(key)
      return nil, reason
    end
  end
  return true
end

-- Packets of the answers that have come to our own questions.
function Mailbox:poll()
  local packets = {}
  for _, slot in pairs(self.open) do
    local file = not slot.done and self.files.open(slot.answer, "rb")
    if file then
      local bytes = file:read("a") or ""
      file:close()
      local found, whole = self.unframe(bytes)
      if whole and #found > 0 then
        slot.done = true
        self.files.remove(slot.answer)
        for _, packet in ipairs(found) do packets[#packets + 1] = packet end
      end
    end
  end
  return packets
end

-- Whether the other side has picked the question up (it removes the request file then).
function Mailbox:taken(key)
  local slot = self.open[key]
  if not slot or slot.taken then return slot ~= nil end
  local file = self.files.open(slot.request, "rb")
  if file then file:close() end
  slot.taken = file == nil
  return slot.taken
end

-- Forgets a question and removes what is left of it.
function Mailbox:finish(key)
  local slot = self.open[key]
  if not slot then return end
  self.open[key] = nil
  self.files.remove(slot.request)
  self.files.remove(slot.answer)
end

function Mailbox:close()
  for key in pairs(self.open) do self:finish(key) end
end

-- Removes what crashed scripts left behind more than a minute ago; the age is in the name.
function Mailbox:sweep()
  local now = self.files.time()
  for _, name in ipairs(self.files.list(self.folder)) do
    local stamp = name:match("^" .. self.ask:gsub("%-", "%%-") .. "(%x%x%x%x%x%x%x%x)%x+%.%a+$")
      or name:match("^" .. self.answer:gsub("%-", "%%-") .. "(%x%x%x%x%x%x%x%x)%x+%.%a+$")
    if stamp and math.abs(now - tonumber(stamp, 16)) > SWEEP_AFTER_S then self.files.remove(self:path(name)) end
  end
end

-- Framing is the codec's; put in by the caller of `open` through this module so that both stay in step.
local osc = require("osc")
Mailbox.frame, Mailbox.unframe = osc.frame, osc.unframe

return M
