-- The mailbox and command transports over a folder that is a table: half files, full disks, foreign names.

local test, equal, match = T.test, T.equal, T.match
local cli = require("transport_cli")
local mailbox = require("transport_mailbox")
local osc = require("osc")

local PACKET = osc.encode("/soundkin/find/id", "ii", 1, 2)

-- A folder in memory. `folder.deny` (a Lua pattern) refuses opening, `folder.full` refuses writing.
local function folder()
  local self = { files = {}, now = 1000000, opened = 0 }
  function self.open(path, mode)
    self.opened = self.opened + 1
    if self.deny and path:find(self.deny) then return nil, "Permission denied" end
    if mode == "rb" then
      local bytes = self.files[path]
      if not bytes then return nil, "No such file" end
      return { read = function() return bytes end, close = function() end }
    end
    self.files[path] = ""
    return {
      write = function(_, bytes)
        if self.full then return nil, "No space left on device" end
        self.files[path] = self.files[path] .. bytes
        return true
      end,
      close = function() end,
    }
  end
  function self.rename(from, to)
    if self.files[to] then return nil, "File exists" end -- as on Windows
    if self.stuck then return nil, "Permission denied" end
    self.files[to], self.files[from] = self.files[from], nil
    return true
  end
  function self.remove(path) self.files[path] = nil end
  function self.list()
    local names = {}
    for path in pairs(self.files) do names[#names + 1] = path:match("[^/\\]+$") end
    return names
  end
  function self.time() return self.now end
  function self.count()
    local count = 0
    for _ in pairs(self.files) do count = count + 1 end
    return count
  end
  function self.request()
    for path in pairs(self.files) do
      if path:find("/req%-[^/]+%.osc$") then return path, path:gsub("/req%-", "/res-") end
    end
  end
  return self
end

test("opening leaves nothing behind and tells a folder that cannot be written", function()
  local place = folder()
  equal(mailbox.open(place, "/box").name, "mailbox")
  equal(place.count(), 0)
  place.deny = "^/box"
  local box, reason = mailbox.open(place, "/box")
  equal(box, nil)
  match(reason, "Permission denied")
  place.deny, place.full = nil, true
  box, reason = mailbox.open(place, "/box")
  equal(box, nil)
  match(reason, "No space left")
  equal(place.count(), 0)
end)

test("a question is one whole file under its final name", function()
  local place = folder()
  local box = mailbox.open(place, "/box")
  equal(box:send({ PACKET, PACKET }, 1), true)
  equal(place.count(), 1)
  local request = place.request()
  match(request, "^/box/req%-%x+%.osc$")
  equal(#osc.unframe(place.files[request]), 2)
end)

test("a full disk or a stuck rename is told and leaves nothing", function()
  local place = folder()
  local box = mailbox.open(place, "/box")
  place.full = true
  local ok, reason = box:send({ PACKET }, 1)
  equal(ok, nil)
  match(reason, "No space left")
  equal(place.count(), 0)
  place.full, place.stuck = false, true
  ok, reason = box:send({ PACKET }, 1)
  equal(ok, nil)
  match(reason, "Permission denied")
  equal(place.count(), 0)
end)

test("an answer is read when it is whole, once, and removed", function()
  local place = folder()
  local box = mailbox.open(place, "/box")
  box:send({ PACKET }, 1)
  local request, answer = place.request()
  equal(#box:poll(), 0)
  local bytes = osc.frame({ PACKET, PACKET, PACKET })
  for _, stop in ipairs({ 0, 3, 10, #bytes - 1 }) do
    place.files[answer] = bytes:sub(1, stop)
    equal(#box:poll(), 0, "after " .. stop .. " bytes")
  end
  place.files[answer], place.files[request] = bytes, nil
  equal(#box:poll(), 3)
  equal(#box:poll(), 0)
  equal(place.count(), 0)
  box:finish(1)
end)

test("only answers to own questions are looked for, and only while one is open", function()
  local place = folder()
  local box = mailbox.open(place, "/box")
  place.files["/box/res-0badc0de0001deadbeef.osc"] = osc.frame({ PACKET })
  local opened = place.opened
  for _ = 1, 50 do equal(#box:poll(), 0) end
  equal(place.opened, opened)
  box:send({ PACKET }, 1)
  equal(#box:poll(), 0)
  equal(place.files["/box/res-0badc0de0001deadbeef.osc"] ~= nil, true)
end)

test("a question counts as taken once its file is gone", function()
  local place = folder()
  local box = mailbox.open(place, "/box")
  equal(box:taken(7), false)
  box:send({ PACKET }, 7)
  equal(box:taken(7), false)
  place.files[place.request()] = nil
  equal(box:taken(7), true)
  local opened = place.opened
  equal(box:taken(7), true)
  equal(place.opened, opened)
end)

test("asking again under the same key takes the old question back", function()
  local place = folder()
  local box = mailbox.open(place, "/box")
  box:send({ PACKET }, 1)
  local first = place.request()
  box:send({ PACKET }, 1)
  equal(place.count(), 1)
  equal(place.request() ~= first, true)
  box:send({ PACKET }, 2)
  equal(place.count(), 2)
  box:close()
  equal(place.count(), 0)
  box:finish(99)
end)

test("no two questions share a name, in the same second and in the same turn", function()
  local place = folder()
  local box, seen = mailbox.open(place, "/box"), {}
  for _ = 1, 500 do
    local token = box:token()
    equal(seen[token], nil)
    equal(#token, 20)
    seen[token] = true
  end
end)

test("the sweep goes by age and by name", function()
  local place = folder()
  local function put(prefix, age, rest) place.files["/box/" .. prefix .. ("%08x"):format(place.now - age) .. rest] = "x" end
  put("req-", 61, "0001deadbeef.osc")
  put("res-", 3000, "0001deadbeef.osc")
  put("req-", 61, "0001deadbeef.tmp")
  put("req-", 59, "0001deadbeef.osc")
  put("got-", 3000, "0001deadbeef.osc")
  place.files["/box/notes.txt"] = "x"
  mailbox.open(place, "/box")
  equal(place.count(), 3)
end)

test("Windows' separator is used where there is one", function()
  local place = folder()
  local box = mailbox.open(place, "C:\\box", { separator = "\\" })
  box:send({ PACKET }, 1)
  match((next(place.files)), "^C:\\box\\req%-")
end)

local ENDPOINT = { bridge = { "/py thon", "-m", "soundkin_daemon.reaper.bridge" }, data_dir = "/da ta" }

test("the command is given our two files and the data directory, and is not waited for", function()
  local place, lines = folder(), {}
  local box = cli.open(place, function(line, wait)
    lines[#lines + 1] = line
    equal(wait, -1)
    return "0\n"
  end, ENDPOINT, "/box", "/")
  equal(box:send({ PACKET }, 1), true)
  match(lines[1], '^"/py thon" "%-m" "soundkin_daemon.reaper.bridge" "/box/ask%-(%x+)%.osc" "/box/got%-%x+%.osc" "/da ta"$')
  local token = lines[1]:match("ask%-(%x+)")
  place.files["/box/got-" .. token .. ".osc"] = osc.frame({ PACKET })
  equal(#box:poll(), 1)
  equal(box.silence_s > 1.5, true)
end)

test("a command that cannot be run or quoted is told and leaves nothing", function()
  local place = folder()
  local box = cli.open(place, function() return nil end, ENDPOINT, "/box", "/")
  equal(box.most, 8192) -- the bridge goes on by datagrams; the daemon's own mailbox takes any
  local ok, reason = box:send({ PACKET }, 1)
  equal(ok, nil)
  match(reason, "cannot run /py thon")
  equal(place.count(), 0)
  box = cli.open(place, function() error("must not run") end, { bridge = { 'a"b' } }, "/box", "/")
  ok, reason = box:send({ PACKET }, 1)
  equal(ok, nil)
  match(reason, "cannot quote")
  equal(place.count(), 0)
  equal((cli.open(place, nil, { bridge = {} }, "/box", "/")), nil)
  equal((cli.open(place, nil, {}, "/box", "/")), nil)
end)
