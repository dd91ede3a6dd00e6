-- Setup and status, the OSC command action, and what is asked of files and processes.

local test, equal, match = T.test, T.equal, T.match
local scenes = require("scenes")
local command = require("command")
local discover = require("discover")
local cli = require("transport_cli")

local SETUP, OSC = "Setup and status", "OSC command"

local function setup_world(options)
  local world = scenes.world(options)
  local names = {}
  for name in io.popen("ls '" .. world.script .. "'"):lines() do names[#names + 1] = name end
  world.options.list = function(path)
    return path:find("soundkin$") and names or {}
  end
  return world
end

test("setup adds every action to the list, once, and the Media Explorer's to its own", function()
  local world = setup_world()
  equal((world:run(SETUP, 10)), true)
  local count, seen = 0, {}
  for path in pairs(world.actions) do
    count = count + 1
    seen[path:match("soundkin_(.*)%.lua$")] = true
  end
  equal(count, 11)
  for _, name in ipairs({ "Similar samples", "Find similar to selected item", "Replace items with next similar", OSC, SETUP }) do
    equal(seen[name], true, name)
  end
  equal(#world.boxes, 1)
  match(world.boxes[1].text, "Actions in the list: 11")
  match(world.boxes[1].text, "OSC command: _RS%x+")
  equal(world.commits, 1) -- REAPER writes its list once, with the last one
  match(world.ext["soundkin/action soundkin_OSC command.lua"], "^_RS%x+$")
end)

for _, profile in ipairs(scenes.PROFILES) do
  test("setup tells what is there, on " .. profile, function()
    local world = setup_world({ profile = profile })
    equal((world:run(SETUP, 10)), true)
    local text = world.boxes[1].text
    match(text, "answers by file mailbox")
    match(text, "samples: 24")
    match(text, "udp: LuaSocket is not installed")
    match(text, world.profile.sws and "audition with gain" or "SWS: not installed")
    match(text, world.profile.imgui and "used for the panel" or "ReaImGui: not installed")
    match(text, profile == "bare" and "needs REAPER 7.35" or "last file: yes")
    equal(world.clipboard ~= nil, world.profile.sws == true)
  end)
end

test("where Soundkin was never set up, setup says what to run", function()
  local world = T.world({ resource = "/nonexistent" })
  equal((world:run(SETUP, 10)), true)
  match(world.boxes[1].text, "not set up")
  match(world.boxes[1].text, "soundkin up")
end)

local function with_command(world, words)
  local path = world.options.resource .. "/Data/soundkin/endpoint"
  local file = assert(io.open(path, "ab"))
  for n, word in ipairs(words) do file:write(("command%d=%s\n"):format(n - 1, word)) end
  file:close()
end

test("setup starts the daemon only after asking, and waits until it answers", function()
  local world = setup_world({ serving = { down = true } })
  with_command(world, { "/opt/sound kin/python", "-m", "soundkin_daemon" })
  world.answers = { 6 }
  world.options.exec = function(line, wait)
    equal(line, '"/opt/sound kin/python" "-m" "soundkin_daemon" "start"')
    equal(wait, -2)
    local path = world.options.resource .. "/Data/soundkin/endpoint"
    local file = assert(io.open(path, "wb"))
    file:write(("port=9\nmailbox=%s\nprotocol=1\n"):format(world.options.mailbox))
    file:close()
    return "0\n"
  end
  equal((world:run(SETUP, 30)), true)
  match(world.boxes[1].text, "Start the Soundkin daemon now%?")
  equal(world.boxes[1].kind, 4)
  match(world.boxes[2].text, "The daemon runs now")
end)

test("a command that cannot be quoted is told instead of run", function()
  local world = setup_world({ serving = { down = true } })
  with_command(world, { 'C:\\odd"name\\python.exe' })
  world.answers = { 6 }
  equal((world:run(SETUP, 30)), true)
  equal(#world.log, 0)
  match(world.boxes[2].text, "cannot quote")
end)

test("setup starts nothing when told no", function()
  local world = setup_world({ serving = { down = true } })
  with_command(world, { "/usr/bin/python3" })
  world.answers = { 7 }
  equal((world:run(SETUP, 30)), true)
  equal(#world.log, 0)
  equal(#world.boxes, 1)
end)

test("a daemon that does not come up is told with the command to run", function()
  local world = setup_world({ serving = { down = true } })
  with_command(world, { "/usr/bin/python3" })
  world.answers = { 6 }
  world.options.exec = function() return "0\n" end
  equal((world:run(SETUP, 40)), true)
  match(world.boxes[2].text, "did not start")
  match(world.boxes[2].text, '"/usr/bin/python3" "start"')
end)

test("REAPER's context strings are read as REAPER writes them", function()
  local function same(context, kind, address, number, text)
    local found = command.parse(context)
    equal(found.kind, kind, context)
    equal(found.address, address, context)
    equal(found.number, number, context)
    equal(found.text, text, context)
  end
  same("osc:/soundkin/next:f=1.000000", "osc", "/soundkin/next", 1.0)
  same("osc:/soundkin/x:s=a:b=c:f=2", "osc", "/soundkin/x", nil, "a:b=c:f=2")
  same("osc:/soundkin/next", "osc", "/soundkin/next")
  same("midi:90:40", "midi")
  same("key:V:83", "key")
  same("", "")
end)

test("a button's release and unknown words do nothing, the rest is understood", function()
  local function decided(context) return command.decide(command.parse(context)) end
  equal(decided("osc:/a/next:f=1"), "next")
  equal(decided("osc:/a/next:f=0"), nil)
  equal(decided("osc:/a/b:s=previous"), "previous")
  equal((select(2, decided("osc:/a/insert:s=C:\\x y\\ü.wav"))), "C:\\x y\\ü.wav")
  equal((select(2, decided("osc:/a/b:s=insert /x/y z.wav"))), "/x/y z.wav")
  equal((decided("osc:/a/b:s=/x/y.wav")), "find")
  local name, reason = decided("osc:/a/nonsense")
  equal(name, nil)
  match(reason, "nonsense")
  equal((decided("key:V:83")), "find")
end)

test("an OSC message swaps the selected item", function()
  local world, sounds = scenes.world()
  local item = scenes.item(world)
  world.context = "osc:/soundkin/reaper/next:f=1.0"
  equal((world:run(OSC, 10)), true)
  equal(item.takes[1].source.path, sounds[1].path)
  world.context = "osc:/soundkin/reaper/next:f=0.0"
  equal((world:run(OSC, 10)), true)
  equal(#world.project.undo, 1)
end)

test("an OSC message inserts the file that it names, odd names too", function()
  local world = scenes.world()
  world.project:track("one").selected = true
  world.context = "osc:/soundkin/reaper/insert:s=" .. scenes.ODD
  equal((world:run(OSC, 10)), true)
  equal(world.project.items[1].takes[1].source.path, scenes.ODD)
  world.context = "osc:/soundkin/reaper/insert:s=/no/such.wav"
  equal((world:run(OSC, 10)), true)
  match(world.tooltips[1], "gone")
  world.context = "osc:/soundkin/reaper/dance:f=1"
  equal((world:run(OSC, 10)), true)
  match(world.tooltips[3], "dance")
  equal(#world.project.undo, 1)
end)

for _, context in ipairs({ "", "key:V:83", "midi:90:40", "osc:/x/find", "osc:/x/panel:f=1", "osc:/x/explorer:f=1", "osc:/x:s=find /lib/pack 1/sound 1.wav" }) do
  test("the context " .. context .. " opens the panel harmlessly", function()
    local world = scenes.world({ profile = "newer" })
    world.context = context
    equal((world:start(OSC)), true)
    scenes.settle(world, 0.3)
    equal(world.window.inits, 1)
    equal(#world.boxes, 0)
  end)
end

test("the endpoint is looked for where each system keeps such files", function()
  local function env(values) return function(name) return values[name] end end
  local win = discover.candidates("C:\\R", "Win64", env({ LOCALAPPDATA = "C:\\Local" }))
  equal(win[2], "C:\\Local\\soundkin\\endpoint")
  local mac = discover.candidates("/R", "macOS-arm64", env({ HOME = "/Users/a" }))
  equal(mac[2], "/Users/a/Library/Application Support/soundkin/endpoint")
  equal(discover.candidates("/R", "OSX64", env({ HOME = "/Users/a" }))[2], mac[2])
  local linux = discover.candidates("/R", "Other", env({ HOME = "/home/a", XDG_DATA_HOME = "/d" }))
  equal(linux[2], "/d/soundkin/endpoint")
  equal(linux[3], "/home/a/.local/share/soundkin/endpoint")
  equal(#discover.candidates("/R", "Other", env({})), 1)
end)

test("a pointer leads to the daemon's own file, and its commands stay known", function()
  local files = {
    ["/r"] = "see=/d\ncommand0=/py\ncommand1=-m\nport=0\n", ["/d"] = "port=27400\r\nmailbox=/d/m=x\r\npid=4\r\n",
  }
  local function open(path)
    local text = files[path]
    return text and { read = function() return text end, close = function() end }
  end
  local found = discover.find({ "/none", "/r" }, open)
  equal(found.port, 27400)
  equal(found.mailbox, "/d/m=x")
  equal(found.command[2], "-m")
  equal(found.from, "/d")
  files["/stale"], files["/live"] = "port=0\ncommand0=/x\n", "port=5\n"
  equal(discover.find({ "/stale", "/live" }, open).port, 5)
  equal(discover.find({ "/stale" }, open).command[1], "/x")
  files["/d"] = nil
  equal(discover.find({ "/r" }, open).port, 0)
  equal(discover.find({ "/none" }, open), nil)
end)

test("a command line quotes every word and refuses what cannot be quoted", function()
  equal(cli.command_line({ "C:\\Program Files\\x.exe", "-m", "ü 100%" }), '"C:\\Program Files\\x.exe" "-m" "ü 100%"')
  for _, bad in ipairs({ 'a"b', "a\nb", "a\\", "a\0b" }) do equal(cli.command_line({ bad }), nil, bad) end
end)

test("the way to the daemon can be chosen, and then no other is tried", function()
  local world = scenes.world()
  scenes.item(world)
  world.ext["soundkin/transport"] = "udp"
  equal((world:run("Replace items with next similar", 10)), true)
  match(world.tooltips[1], "%(udp: LuaSocket is not installed%)")
  world.ext["soundkin/transport"] = "mailbox"
  equal((world:run("Replace items with next similar", 10)), true)
  equal(#world.project.undo, 1)
  local link, tried = require("link"), {}
  local env = { resource = world.options.resource, system = "Other", getenv = function() end, files = { open = io.open },
    socket = function() tried[#tried + 1] = "udp" end, exec = function() end, data_folder = function() tried[#tried + 1] = "cli" return "/none" end }
  env.files.time, env.files.open = os.time, function(path, mode)
    if path:find("mailbox") then
      tried[#tried + 1] = "mailbox"
      return nil, "no"
    end
    return io.open(path, mode)
  end
  for _, only in ipairs({ "auto", "", false }) do
    env.only = only or nil
    tried = {}
    equal((link.connect(env)), nil)
    equal(table.concat(tried, " "), "udp mailbox cli")
  end
end)

test("LuaSocket is found where ReaPack's repository installs it", function()
  local world = scenes.world()
  local folder = world.options.resource .. "/Scripts/Mavriq ReaScript Repository/Various/Mavriq-Lua-Sockets"
  os.execute(("mkdir -p '%s'"):format(folder))
  local file = assert(io.open(folder .. "/socket.lua", "wb"))
  file:write("local U = { settimeout = function() end, setpeername = function() return 1 end, send = function(_, b) return #b end,\n"
    .. "receive = function() return nil, 'timeout' end, close = function() end }\nreturn { udp = function() return U end }\n")
  file:close()
  scenes.item(world)
  equal((world:run("Replace items with next similar", 10)), true)
  match(world.tooltips[1], "UDP 127.0.0.1:9: no answer")
  equal(world.posted, 0)
  file = assert(io.open(folder .. "/socket.lua", "wb"))
  file:write("error('wrong architecture')")
  file:close()
  equal((world:run("Replace items with next similar", 10)), true)
  equal(world.posted, 1) -- the mailbox took over
  os.remove(folder .. "/socket.lua")
end)

test("a mailbox that cannot be written is told", function()
  local world = scenes.world()
  scenes.item(world)
  world.refuse_files = "mailbox"
  equal((world:run("Replace items with next similar", 10)), true)
  match(world.tooltips[1], "No way to reach the daemon")
  match(world.tooltips[1], "Permission denied")
  equal(#world.project.undo, 0)
end)

test("a rename that fails leaves no draft behind", function()
  local world = scenes.world()
  scenes.item(world)
  world.refuse_rename = true
  equal((world:run("Replace items with next similar", 10)), true)
  match(world.tooltips[1], "Permission denied")
  equal(require("stand_in").left(world), "")
end)

test("what crashed scripts left in the mailbox is swept by its age", function()
  local world = scenes.world()
  local box = world.options.mailbox
  local old, new = ("req-%08x0001abcdef01.osc"):format(os.time() - 100), ("res-%08x0001abcdef01.osc"):format(os.time() - 5)
  for _, name in ipairs({ old, new, "notes.txt" }) do io.open(box .. "/" .. name, "wb"):close() end
  world.options.list = function() return { old, new, "notes.txt" } end
  scenes.item(world)
  equal((world:run("Replace items with next similar", 10)), true)
  local left = require("stand_in").listed(box)
  equal(left:find(old, 1, true), nil)
  match(left, "notes.txt")
  match(left, "res%-")
end)

test("another protocol version is told, not guessed at", function()
  local world = scenes.world()
  local path = world.options.resource .. "/Data/soundkin/endpoint"
  local file = assert(io.open(path, "ab"))
  file:write("protocol=2\n")
  file:close()
  scenes.item(world)
  equal((world:run("Insert most similar at edit cursor", 10)), true)
  match(world.tooltips[1], "protocol 2")
end)

test("an error inside an action is shown once, and undo is closed", function()
  local world = scenes.world()
  scenes.item(world)
  world.fakes.PCM_Source_CreateFromFile = function() error("boom") end
  equal((world:run("Replace items with next similar", 10)), true)
  equal(#world.boxes, 1)
  match(world.boxes[1].text, "boom")
  equal(world.project.depth, 0)
  equal(world.project.refresh, 0)
end)

test("an error while the panel draws is shown once and ends the panel", function()
  local world = scenes.world({ profile = "sws" })
  scenes.item(world)
  world:start("Find similar to selected item")
  scenes.settle(world, 0.3)
  world.fakes["gfx.drawstr"] = function() error("boom") end
  world.strict.cache = {}
  scenes.press(world, "down")
  equal(world:running(), false)
  equal(#world.boxes, 1)
  match(world.boxes[1].text, "boom")
end)
