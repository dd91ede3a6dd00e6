-- A daemon's side of the mailbox for tests without one: answers the find messages of docs/osc.md from a list of sounds.
-- The real daemon answers the same tests of behaviour in test_reaper_daemon.py.

local osc = require("osc")
local json = require("json")

local M = {}

-- The find/kit of docs/osc.md: the sounds are equally near to every slot, so that the open slots get them in turns.
local function kit(message, options, asked, reply)
  local parts, rid, each, locked = {}, message[1], message[2], {}
  for n = 4, message.n do
    assert(#message[n] <= 4095, "a string longer than the daemon takes")
    parts[#parts + 1] = message[n]
  end
  assert(#parts <= 6, "more strings than the daemon takes")
  for number in message[3]:gmatch("%d+") do locked[tonumber(number)] = true end
  local question = assert(json.decode(table.concat(parts)))
  asked[#asked + 1] = { address = message.address, rid = rid, each = each, locked = message[3], like = question.like, filter = question.filter or "",
    strings = #parts }
  local no = options.refuse_kits or options.fail
  if no then return reply("/soundkin/error", "iiss", rid, no[1], message.address, no[2]) end
  local open, used, place, sent = {}, {}, 0, 0
  for slot, like in ipairs(question.like) do
    if not locked[slot - 1] then open[#open + 1] = slot - 1 end
    used[like.path] = true
  end
  for n, sound in ipairs(options.sounds) do
    if not used[sound.path] and place < #open * each then
      local rank = open[place % #open + 1] * each + place // #open
      for _ = 1, options.twice and 2 or 1 do
        reply("/soundkin/result", "iiiffs", rid, rank, n, sound.score or 1 - n / 1000, sound.length or 0.5, sound.path)
      end
      place, sent = place + 1, sent + 1
    end
  end
  reply("/soundkin/done", "iiis", rid, sent, sent, "")
end

-- options: sounds = {{path=, score=, ...}}, total, fail = {code, text}, refuse_kits = {code, text}, foreign (answer someone else too), twice.
function M.answer(bytes, options, asked)
  local replies, detail = {}, false
  local function reply(address, types, ...) replies[#replies + 1] = osc.encode(address, types, ...) end
  for _, packet in ipairs((osc.unframe(bytes))) do
    for _, message in ipairs(assert(osc.decode(packet))) do
      local a = message.address
      if a == "/soundkin/config/detail" then
        detail = message[1] == 1
      elseif a == "/soundkin/report" then
        for name, value in pairs({ version = "9.9", ["progress.state"] = "idle", samples = "24" }) do
          reply("/soundkin/field", "iiss", message[1], 0, name, value)
        end
        reply("/soundkin/done", "iiis", message[1], 3, 3, "")
      elseif a == "/soundkin/find/kit" then
        kit(message, options, asked, reply)
      elseif a:find("^/soundkin/find/") then
        local rid, count, offset, filter, subject = message[1], 16, 0, "", nil
        if a == "/soundkin/find/query" then
          local parts = {}
          for n = 2, message.n do parts[#parts + 1] = message[n] end
          subject = assert(json.decode(table.concat(parts)))
          count, offset, filter = subject.k, subject.offset or 0, subject.filter or ""
        else
          count, offset, filter = message[message.n - 2], message[message.n - 1], message[message.n]
          subject = { path = type(message[2]) == "string" and message[2] or nil, id = math.type(message[2]) == "integer" and message[2] or nil,
            start_s = message.types:sub(1, 4) == "isff" and message[3] or nil, end_s = message.types:sub(1, 4) == "isff" and message[4] or nil }
        end
        asked[#asked + 1] = { address = a, rid = rid, count = count, offset = offset, filter = filter, subject = subject }
        if options.foreign then reply("/soundkin/result", "iiiffs", rid + 1, 0, 999, 1.0, 1.0, "/someone/else.wav") end
        if options.fail then
          reply("/soundkin/error", "iiss", rid, options.fail[1], a, options.fail[2])
        else
          local sent = 0
          for n = offset + 1, math.min(#options.sounds, offset + count) do
            local s = options.sounds[n]
            for _ = 1, options.twice and 2 or 1 do
              reply("/soundkin/result", "iiiffs", rid, n - 1, n, s.score or 1 - n / 1000, s.length or 0.5, s.path)
              if detail then
                reply("/soundkin/detail", "iifffss", rid, n, s.loudness or -20 - n, s.bpm or 0, s.root or 0, s.key or "", s.kind or "")
              end
            end
            sent = sent + 1
          end
          reply("/soundkin/done", "iiis", rid, sent, #options.sounds, "s1")
          if options.twice then reply("/soundkin/done", "iiis", rid, sent, #options.sounds, "s1") end
        end
      end
    end
  end
  return osc.frame(replies)
end

local serial = 0

-- Makes a resource folder with an endpoint for the world and answers what is posted in its mailbox.
-- What a daemon says of itself in its endpoint file. options: down (no daemon published), aspects (names).
function M.publish(world, options)
  local base = world.options.resource
  local lines = { "# test", "host=127.0.0.1", ("port=%d"):format(options.down and 0 or 9), ("mailbox=%s/mailbox"):format(base),
    "protocol=1" }
  for n, name in ipairs(options.aspects or M.ASPECTS) do lines[#lines + 1] = ("aspects%d=%s"):format(n - 1, name) end
  local file = assert(io.open(base .. "/Data/soundkin/endpoint", "wb"))
  file:write(table.concat(lines, "\n") .. "\n")
  file:close()
end
M.ASPECTS = { "timbre", "motion", "spectrum", "envelope", "pitch", "rhythm" }

-- options also: silent, delay (seconds of the world's clock), those of `publish`.
function M.serve(world, options)
  serial = serial + 1
  local base = assert(os.getenv("SOUNDKIN_TEST_TMP"), "SOUNDKIN_TEST_TMP names a folder to write in") .. "/w" .. serial .. " ü%"
  local path = base .. "/Data/soundkin/endpoint"
  local file = io.open(path, "wb") -- the caller of the tests may have made the folders, which is cheaper
  if not file then
    os.execute(("mkdir -p '%s/Data/soundkin' '%s/mailbox'"):format(base, base))
    file = assert(io.open(path, "wb"))
  end
  file:close()
  world.options.resource, world.options.mailbox = base, base .. "/mailbox"
  M.publish(world, options)
  world.asked, world.posted, world.serving = {}, 0, options
  world.pending = {}
  function world.on_rename(to)
    local request = to:match("/req%-[^/]+%.osc$") and to
    if not request then return end
    world.posted = world.posted + 1
    world.pending[#world.pending + 1] = { request = request, at = world.clock + (world.serving.delay or 0) }
  end
  function world.daemon()
    if world.serving.silent then return end
    local rest = {}
    for _, job in ipairs(world.pending) do
      if not job.bytes then
        local input = io.open(job.request, "rb")
        job.bytes = input and input:read("a")
        if input then input:close() end
      end
      if world.clock < job.at then
        rest[#rest + 1] = job
        if world.serving.claims then os.remove(job.request) end
      elseif job.bytes then
        os.remove(job.request)
        local out = job.request:gsub("/req%-([^/]+)$", "/res-%1")
        local answer = assert(io.open(out .. ".tmp", "wb"))
        answer:write(M.answer(job.bytes, world.serving, world.asked))
        answer:close()
        os.rename(out .. ".tmp", out)
        world.written[out] = true
      end
    end
    world.pending = rest
  end
  return world
end

-- Names that the world's scripts, or this stand-in, have written in the mailbox and that are still there.
function M.left(world)
  local names = {}
  for path in pairs(world.written) do
    local file = path:find(world.options.mailbox, 1, true) and io.open(path, "rb")
    if file then
      file:close()
      names[#names + 1] = path:match("[^/]+$")
    end
  end
  table.sort(names)
  return table.concat(names, "\n")
end

-- Names in a folder, hidden ones too.
function M.listed(folder)
  local pipe = io.popen(("ls -A '%s' 2>/dev/null"):format(folder))
  local text = pipe:read("a")
  pipe:close()
  return text
end

return M
