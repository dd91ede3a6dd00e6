-- The rest of the API over a world: clock, defer, files, dialogs (recorded and answered), ext state, preview, actions.

return function(world)
  local F = {}
  local options = world.options

  function F.time_precise() return world:now() + 0.0 end
  function F.defer(action)
    world.deferred[#world.deferred + 1] = action
    return true
  end
  function F.atexit(action)
    world.exits[#world.exits + 1] = action
    return true
  end
  function F.APIExists(name)
    local entry = world.strict.api.functions[name]
    return entry ~= nil and world.strict:lookup(name) ~= nil
  end
  function F.GetAppVersion() return ("%.2f/linux-x86_64"):format(world.profile.reaper) end
  function F.GetOS() return options.system or "Other" end
  function F.GetResourcePath() return options.resource or "/nonexistent" end
  function F.get_action_context()
    return world.new_value or false, world.path, world.section or 0, world.command or 40000, -1, -1, 0.0, world.context
  end
  function F.set_action_options(flags) world.relaunch = flags end
  function F.Main_OnCommand(id)
    if id == 40044 then world.project.play_state = world.project.play_state == 0 and 1 or 0 end
    for path, known in pairs(world.actions) do
      if known == id then
        local ok, reason = world:start(path)
        if not ok then error(reason, 0) end
      end
    end
  end

  function F.GetExtState(section, key) return world.ext[section .. "/" .. key] or "" end
  function F.HasExtState(section, key) return world.ext[section .. "/" .. key] ~= nil end
  function F.SetExtState(section, key, value) world.ext[section .. "/" .. key] = value end
  function F.DeleteExtState(section, key) world.ext[section .. "/" .. key] = nil end

  function F.MB(text, title, kind)
    world.boxes[#world.boxes + 1] = { text = text, title = title, kind = kind }
    return table.remove(world.answers, 1) or (kind == 4 and 7 or 1)
  end
  function F.ShowConsoleMsg() world.strict:violation("ShowConsoleMsg steals the focus") end
  function F.GetMousePosition() return 10, 20 end
  function F.TrackCtl_SetToolTip(text) world.tooltips[#world.tooltips + 1] = text end
  function F.GetUserFileNameForRead()
    local path = options.picked
    return path ~= nil, path or ""
  end

  function F.file_exists(path)
    local media = world.media[path]
    if media then return not media.offline end
    local file = io.open(path, "rb")
    if file then file:close() end
    return file ~= nil
  end
  function F.RecursiveCreateDirectory(path)
    if not options.make_folder then return 0 end
    options.make_folder(path)
    return 1
  end
  function F.EnumerateFiles(path, n)
    if n == 0 or n == -1 then world.listing = options.list and options.list(path) or {} end
    return world.listing[n + 1]
  end
  function F.ExecProcess(line, wait)
    world.log[#world.log + 1] = line
    if options.exec then return options.exec(line, wait) end
    return nil
  end

  function F.OpenMediaExplorer(path, play)
    world.explorer[#world.explorer + 1] = { path = path, play = play }
    return { kind = "HWND" }
  end
  function F.MediaExplorerGetLastPlayedFileInfo()
    local last = options.last_played
    if not last then return false, "", 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "" end
    return true, last.path, last.from and 256 or 0, (last.from or 0) + 0.0, (last.to or 0) + 0.0, 0.0, 0.0, 1.0, 0.0, ""
  end

  function F.AddRemoveReaScript(add, section, path, commit)
    if not world.actions[path] and add then
      world.command_count = (world.command_count or 50000) + 1
      world.actions[path] = world.command_count
    end
    world.commits = (world.commits or 0) + (commit and 1 or 0)
    return world.actions[path] or 0
  end
  function F.ReverseNamedCommandLookup(id) return "RS" .. ("%040x"):format(id) end
  function F.NamedCommandLookup(name)
    local id = tonumber(name:match("^_RS0*(%x+)$") or "0", 16)
    for _, known in pairs(world.actions) do
      if known == id then return id end
    end
    return 0
  end
  function F.CF_LocateInExplorer(path)
    world.located[#world.located + 1] = path
    return true
  end
  function F.CF_SetClipboard(text) world.clipboard = text end

  local PREVIEW = { B_LOOP = true, B_PPITCH = true, D_FADEINLEN = true, D_FADEOUTLEN = true, D_MEASUREALIGN = true, D_PAN = true,
    D_PITCH = true, D_PLAYRATE = true, D_POSITION = true, D_VOLUME = true, I_OUTCHAN = true, I_PITCHMODE = true }
  function F.CF_CreatePreview(source)
    if source.destroyed then world.strict:violation("a preview of a destroyed source") end
    local preview = { kind = "CF_Preview", source = source, values = {} }
    world.project.previews[#world.project.previews + 1] = preview
    return preview
  end
  function F.CF_Preview_SetValue(preview, name, value)
    if not PREVIEW[name] then return false end
    preview.values[name] = value
    return true
  end
  function F.CF_Preview_GetValue(preview, name)
    if preview.dead or not PREVIEW[name] then return false, 0.0 end
    return true, (preview.values[name] or 0) + 0.0
  end
  function F.CF_Preview_Play(preview)
    preview.playing = true
    return true
  end
  function F.CF_Preview_Stop(preview)
    preview.playing, preview.dead = false, true
    return true
  end
  function F.ImGui_GetBuiltinPath() return world.imgui.builtin end
  return F
end
